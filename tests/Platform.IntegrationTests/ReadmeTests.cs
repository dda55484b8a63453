using System.Text.RegularExpressions;

namespace Platform.IntegrationTests;

/// <summary>Every command of the README runs, in its order, as a reader would paste it.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed partial class ReadmeTests(SharedPlatform shared)
{
    [Fact]
    public async Task Every_command_of_the_readme_succeeds_in_order()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "README.md"), TestContext.Current.CancellationToken);
        var blocks = CommandBlock().Matches(readme).Select(match => match.Groups["script"].Value).ToList();
        Assert.True(blocks.Count >= 3, "The README shows its routine in blocks marked bash.");
        foreach (var script in blocks)
        {
            var result = await shared.Platform.Kt.RunScriptAsync(script, TestContext.Current.CancellationToken);
            Assert.True(result.ExitCode == 0, $"{script}\n{result}");
        }
    }

    /// <summary>Blocks marked <c>sh</c> start and stop platforms; ScriptTests runs those.</summary>
    [GeneratedRegex("^```bash\n(?<script>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CommandBlock();
}
