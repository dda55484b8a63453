using System.CommandLine;

namespace Platform.Cli.Tests;

/// <summary>The help of every command, over the whole tree.</summary>
public sealed class HelpTests
{
    private static readonly RootCommand Root = Kt.Root(new KtEnvironment(TextWriter.Null, TextWriter.Null, TimeProvider.System, _ => null, _ => null, null));

    [Fact]
    public void Every_command_option_and_argument_says_what_it_is()
    {
        var silent = All(Root).SelectMany(command => (Symbol[])[command, .. command.Arguments, .. command.Options])
            .Where(symbol => string.IsNullOrWhiteSpace(symbol.Description));

        Assert.Empty(silent.Select(symbol => $"{string.Join(' ', symbol.Parents.Select(parent => parent.Name))} {symbol.Name}"));
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
