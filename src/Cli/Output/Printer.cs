using System.Text.Json;
using Platform.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Platform.Cli.Output;

internal enum OutputFormat
{
    Table,
    Json,
}

/// <summary>Data to stdout: the API's own JSON (indented), or tables for people.</summary>
internal sealed class Printer(KtEnvironment environment, OutputFormat format)
{
    /// <summary>Wider than any table.</summary>
    private const int Unlimited = 1_000_000;

    public bool IsJson => format == OutputFormat.Json;

    public void Json(JsonElement body)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            body.WriteTo(writer);
        }

        environment.Out.WriteLine(System.Text.Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
    }

    public void Line(string text) => environment.Out.WriteLine(PlainText.Of(text));

    /// <summary>
    /// A table with a header; columns whose name begins with '>' are aligned right. One that is wider than the terminal is printed a record a block instead: nothing is
    /// ever cut, and no figure or id is broken over lines.
    /// </summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, IReadOnlyList<string>? total = null)
    {
        string[][] cells = [.. rows.Select(row => row.Select(PlainText.OneLine).ToArray())];
        string[] header = [.. columns.Select(PlainText.OneLine)];
        string[]? footer = total is null ? null : [.. total.Select(PlainText.OneLine)];
        var table = Layout(header, cells, footer);
        var console = Console();
        if (environment.Width is { } width && ((IRenderable)table).Measure(RenderOptions.Create(console), Unlimited).Max > width)
        {
            RecordBlocks.Write(environment.Out, [.. header.Select(Name)], footer is null ? cells : [.. cells, footer]);
        }
        else
        {
            console.Write(table);
        }
    }

    /// <summary>As <see cref="Table"/>, of things that there may be none of: then it says so on stderr, since a heading alone reads as if something were missing, and of a narrow terminal's blocks nothing would be left.</summary>
    public void List(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, IReadOnlyList<string>? total = null)
    {
        IReadOnlyList<string>[] all = [.. rows];
        Table(columns, all, all.Length > 0 ? total : null);
        if (all.Length == 0)
        {
            environment.Error.WriteLine("There is none.");
        }
    }

    /// <summary>Names and values, one a line.</summary>
    public void Facts(IEnumerable<(string Name, string Value)> facts)
    {
        var list = facts.ToList();
        var width = list.Max(fact => fact.Name.Length);
        foreach (var (name, value) in list)
        {
            environment.Out.WriteLine($"{PlainText.OneLine(name).PadRight(width)}  {PlainText.OneLine(value)}");
        }
    }

    private static Table Layout(string[] columns, string[][] rows, string[]? total)
    {
        var table = new Table { Border = TableBorder.Simple, ShowFooters = total is not null };
        for (var index = 0; index < columns.Length; index++)
        {
            var column = new TableColumn(Markup.Escape(Name(columns[index]))) { NoWrap = true };
            if (columns[index].StartsWith('>'))
            {
                column.RightAligned();
            }

            if (total is not null)
            {
                column.Footer(Markup.Escape(total[index]));
            }

            table.AddColumn(column);
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        return table;
    }

    private static string Name(string column) => column.StartsWith('>') ? column[1..] : column;

    // What is wider than the terminal never comes here, so the layout itself has no limit.
    private IAnsiConsole Console()
    {
        var isRedirected = environment.Width is null;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(environment.Out),
        });
        console.Profile.Width = Unlimited;
        return console;
    }
}
