using System.CommandLine;

namespace Platform.Cli.Tests;

/// <summary>The help of every command, over the whole tree.</summary>
public sealed class HelpTests
{
    private static readonly RootCommand Root = Kt.Root(new KtEnvironment(TextWriter.Null, TextWriter.Null, TimeProvider.System, _ => null, _ => null, null));

    [Fact]
    public void What_is_told_of_other_words_are_commands() =>
        Assert.All(CommandLineProblem.OtherWords.Values, command => Assert.Equal(command.Split(' ')[^1], Root.Parse(command["kt ".Length..]).CommandResult.Command.Name));

    [Fact]
    public void Every_command_option_and_argument_says_what_it_is()
    {
        var silent = All(Root).SelectMany(command => (Symbol[])[command, .. command.Arguments, .. command.Options])
            .Where(symbol => string.IsNullOrWhiteSpace(symbol.Description));

        Assert.Empty(silent.Select(symbol => $"{string.Join(' ', symbol.Parents.Select(parent => parent.Name))} {symbol.Name}"));
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
