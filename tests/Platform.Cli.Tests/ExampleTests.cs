using System.CommandLine;
using System.CommandLine.Parsing;

namespace Platform.Cli.Tests;

/// <summary>Each command's help ends with a command line that kt takes.</summary>
public sealed class ExampleTests
{
    private static readonly KtEnvironment Nowhere = new(TextWriter.Null, TextWriter.Null, TimeProvider.System, _ => null, _ => null, null);

    public static TheoryData<string> Examples => [.. Cli.Examples.All];

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_is_a_command_line_that_kt_takes_and_is_shown_with_its_own_command(string example)
    {
        var parsed = Kt.Root(Nowhere).Parse([.. CommandLineParser.SplitCommandLine(example).Skip(1)]);
        Assert.Empty(parsed.Errors.Select(error => error.Message));
        Assert.Equal(example, Cli.Examples.Of(parsed.CommandResult));
    }

    [Fact]
    public void Every_command_that_does_something_has_one()
    {
        var lacking = Commands(Kt.Root(Nowhere), "").Where(words => Cli.Examples.Of(Kt.Root(Nowhere).Parse(words).CommandResult) is null);
        Assert.Empty(lacking);
    }

    [Theory]
    [InlineData("wallets allocate --help", "kt wallets allocate --team team_support --amount 150 --description \"June\"")]
    [InlineData("forecast -h", "kt forecast --team team_support --layers")]
    [InlineData("audit list -?", "kt audit list --action key. --from 2026-06-01")]
    public async Task Help_ends_with_the_example(string line, string example)
    {
        using var kt = new RunningKt("http://127.0.0.1:9");

        Assert.Equal(0, await kt.RunAsync(line.Split(' ')));
        Assert.EndsWith($"Example:{Environment.NewLine}  {example}", kt.Out.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("wallets --help")]
    public async Task Help_of_what_only_has_commands_has_none(string line)
    {
        using var kt = new RunningKt("http://127.0.0.1:9");

        Assert.Equal(0, await kt.RunAsync(line.Split(' ')));
        Assert.DoesNotContain("Example:", kt.Out, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Commands(Command command, string words) =>
        command.Subcommands.SelectMany(below => Commands(below, $"{words} {below.Name}".Trim()).Concat(below.Action is null ? [] : [$"{words} {below.Name}".Trim()]));
}
