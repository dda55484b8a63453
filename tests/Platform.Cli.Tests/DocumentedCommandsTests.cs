using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Platform.Cli.Tests;

/// <summary>What the README and the documents say of kt, and what kt takes, are the same.</summary>
public sealed partial class DocumentedCommandsTests
{
    private static readonly KtEnvironment Nowhere = new(TextWriter.Null, TextWriter.Null, TimeProvider.System, _ => null, _ => null, null);

    private static readonly RootCommand Root = Kt.Root(Nowhere);

    /// <summary>Not in the rows: each command's help, and the form of its answer, which the page says of all.</summary>
    private static readonly string[] OfAll = ["--help", "--output"];

    /// <summary>In the place of a value that another program answers.</summary>
    private const string Unknown = "UNKNOWN";

    public static TheoryData<string> Documents =>
        [Checkout.Path("README.md"), .. Directory.EnumerateFiles(Checkout.Path("docs"), "*.md", SearchOption.TopDirectoryOnly).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_command_and_option_that_a_document_writes_exists(string path)
    {
        var problems = File.ReadLines(path).SelectMany((line, index) =>
            Spans(line).SelectMany(Wrong).Concat(Row(line) is { } row ? WrongFlags(row) : []).Select(problem => $"line {index + 1}: {problem}"));

        Assert.Empty(problems);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_command_line_of_a_documents_scripts_is_one_that_kt_takes(string path)
    {
        var scripts = ScriptBlock().Matches(File.ReadAllText(path)).Select(match => match.Groups["script"].Value.Replace("\\\n", " ", StringComparison.Ordinal));
        var lines = scripts.SelectMany(script => script.Split('\n')).Select(line => Substitution().Replace(line, Unknown)).SelectMany(line => CommandLine().Matches(line)).Select(match => Cut(match.Groups["line"].Value));

        Assert.Empty(lines.SelectMany(line => line.Contains(Unknown, StringComparison.Ordinal) ? Wrong(line) : Root.Parse([.. CommandLineParser.SplitCommandLine(line).Skip(1)]).Errors.Select(error => $"{line}: {error.Message}")));
    }

    [Fact]
    public void The_page_of_commands_has_a_row_of_each_and_in_it_each_of_its_options()
    {
        var rows = File.ReadLines(Checkout.Path("docs/cli.md")).Select(Row).OfType<DocumentedRow>().SelectMany(row => row.Commands.Select(command => (Command: command, Row: row))).ToLookup(row => row.Command, row => row.Row);
        var problems = All(Root).SelectMany(command => !rows.Contains(command) ? [$"{PathOf(command)} has no row."] : rows[command].Any(row => row.ReadsOn) ? [] : Lacking(command, string.Join(' ', rows[command].Select(row => row.Line))));

        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("`kt wallets alocate --team a`")]
    [InlineData("`kt wallets allocate --taem a`")]
    [InlineData("| `kt caps list\\|shew` | `-o` | caps |")]
    [InlineData("| `kt caps list` | `--nothing N` | caps |")]
    public void What_does_not_exist_is_found(string line) => Assert.NotEmpty(Spans(line).SelectMany(Wrong).Concat(Row(line) is { } row ? WrongFlags(row) : []));

    private static IEnumerable<string> Lacking(Command command, string flags) =>
        command.Options.Where(option => !option.Hidden && !OfAll.Contains(option.Name) && !Mentions(flags, option)).Select(option => $"The row of {PathOf(command)} lacks {option.Name}.");

    private static bool Mentions(string flags, Option option) =>
        OptionName().Matches(flags).Any(match => match.Value == option.Name) || option.Aliases.Any(alias => flags.Contains($"`{alias}", StringComparison.Ordinal) || flags.Contains($" {alias} ", StringComparison.Ordinal));

    /// <summary>What stands between back quotes and begins with kt, as it reads outside of a table.</summary>
    private static IEnumerable<string> Spans(string line) =>
        Span().Matches(line).Select(match => Cut(match.Groups["text"].Value.Replace("\\|", "|", StringComparison.Ordinal))).Where(text => text.StartsWith("kt ", StringComparison.Ordinal));

    private static DocumentedRow? Row(string line)
    {
        var cells = CellBorder().Split(line);
        var commands = cells.Length > 3 && cells[1].TrimStart().StartsWith("`kt ", StringComparison.Ordinal) ? Spans(cells[1]).ToList() : [];
        return commands.Count == 0 ? null : new DocumentedRow([.. commands.SelectMany(text => Walk(text, out _, out _)), .. Further(cells[1], commands[0])], $"{cells[1]} {cells[2]}", line);
    }

    /// <summary>Of <c>kt export-jobs pause JOB</c>, <c>resume JOB</c> the second, and of <c>list|show NAME|remove NAME</c> the third.</summary>
    private static IEnumerable<Command> Further(string cell, string first)
    {
        var group = Walk(first, out _, out _)[0].Parents.OfType<Command>().First();
        return LowerWord().Matches(cell).Select(match => group.Subcommands.FirstOrDefault(command => command.Name == match.Value)).OfType<Command>();
    }

    /// <summary>A row that points to another has no list of its own: what it names may be what the other has beyond it.</summary>
    private static IEnumerable<string> WrongFlags(DocumentedRow row) => row.ReadsOn ? [] :
        OptionName().Matches(row.Flags).Select(match => match.Value).Where(flag => !row.Commands.Any(command => Has(command, flag))).Select(flag => $"{PathOf(row.Commands[0])} has no option {flag}.");

    private static IEnumerable<string> Wrong(string text)
    {
        var commands = Walk(text, out var unknown, out var rest);
        return unknown is not null ? [$"there is no command in '{text}': {unknown}."]
            : OptionName().Matches(rest).Select(match => match.Value).Where(flag => !commands.Exists(command => Has(command, flag))).Select(flag => $"{PathOf(commands[0])} has no option {flag}.");
    }

    /// <summary>The commands that words name; several where one of them is a choice, as freeze|unfreeze.</summary>
    /// <param name="unknown">The word that names none.</param>
    /// <param name="rest">What comes behind them.</param>
    private static List<Command> Walk(string text, out string? unknown, out string rest)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList();
        List<Command> at = [Root];
        unknown = null;
        while (words.Count > 0 && at[0].Subcommands.Count > 0 && words[0].Split('|').Where(part => LowerWord().Match(part).Value == part).ToList() is { Count: > 0 } names)
        {
            var group = at[0];
            at = [.. names.Select(name => group.Subcommands.FirstOrDefault(command => command.Name == name)).OfType<Command>()];
            unknown = names.Find(name => !group.Subcommands.Any(command => command.Name == name));
            words.RemoveAt(0);
            if (unknown is not null)
            {
                at = [group];
                break;
            }
        }

        rest = string.Join(' ', words);
        return at;
    }

    private static bool Has(Command command, string flag) => flag == "--help" || command.Options.Any(option => option.Name == flag || option.Aliases.Contains(flag));

    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "kt";

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(below => All(below).Concat(below.Action is null || below.Hidden ? [] : [below]));

    /// <summary>Without what a shell does with its answer, and without a comment.</summary>
    private static string Cut(string text) => Shell().Split(text)[0].Trim();

    /// <param name="Flags">The cells of the command and of its options.</param>
    private sealed record DocumentedRow(IReadOnlyList<Command> Commands, string Flags, string Line)
    {
        public bool ReadsOn => Elsewhere().IsMatch(Flags) || Line.Contains("by another name", StringComparison.Ordinal);
    }

    [GeneratedRegex("^```(?:sh|bash)\n(?<script>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ScriptBlock();

    [GeneratedRegex(@"(?:^\s*|[;&(|]\s*)(?:\./)?(?<line>kt .*?)(?:\)""|\)$|$)")]
    private static partial Regex CommandLine();

    /// <summary>What a shell puts in the place of another program's answer.</summary>
    [GeneratedRegex(@"\$\((?!kt )[^()]*\)")]
    private static partial Regex Substitution();

    [GeneratedRegex("(?<!`)`(?<text>[^`]+)`(?!`)")]
    private static partial Regex Span();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex CellBorder();

    [GeneratedRegex(@"\s(?:\||&&|;|<|>|\d?>|#)(?:\s|&)")]
    private static partial Regex Shell();

    [GeneratedRegex("(?<![A-Za-z0-9-])--[a-z0-9][a-z0-9-]*")]
    private static partial Regex OptionName();

    [GeneratedRegex("[a-z][a-z-]*")]
    private static partial Regex LowerWord();

    [GeneratedRegex(@"\bas (?:`|import|set)|\brange as\b|\bfilters\b|\bbelow\b")]
    private static partial Regex Elsewhere();
}
