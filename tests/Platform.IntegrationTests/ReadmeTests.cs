using System.Text.RegularExpressions;

namespace Platform.IntegrationTests;

/// <summary>
/// Every command of the README runs, in its order, as a reader would paste it: on a platform that nobody has used. What other tests leave there would be in its figures, and its ninety days of history
/// in theirs. ./test runs it beside the tests of the shared platform, whose run is the shorter one.
/// </summary>
[Trait("platform", "readme")]
public sealed partial class ReadmeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_command_of_the_readme_succeeds_in_order()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "README.md"), Cancel);
        var blocks = CommandBlock().Matches(readme).Select(match => match.Groups["script"].Value).ToList();
        Assert.True(blocks.Count >= 3, "The README shows its routine in blocks marked bash.");
        await using var platform = await RunningPlatform.StartAsync(Cancel);
        foreach (var script in blocks)
        {
            var result = await platform.Kt.RunScriptAsync(script, Cancel);
            Assert.True(result.ExitCode == 0, $"{script}\n{result}");
        }
    }

    /// <summary>Blocks marked <c>sh</c> start and stop platforms.</summary>
    [GeneratedRegex("^```bash\n(?<script>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CommandBlock();
}
