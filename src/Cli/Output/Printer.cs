using System.Text.Json;
using Spectre.Console;

namespace Platform.Cli.Output;

internal enum OutputFormat
{
    Table,
    Json,
}

/// <summary>Data to stdout: the API's own JSON (indented), or tables for people.</summary>
internal sealed class Printer(KtEnvironment environment, OutputFormat format)
{
    private const int RedirectedWidth = 200;

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

    public void Line(string text) => environment.Out.WriteLine(text);

    /// <summary>A table with a header; columns whose name begins with '>' are aligned right.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, IReadOnlyList<string>? total = null)
    {
        var table = new Table { Border = TableBorder.Simple, ShowFooters = total is not null };
        for (var index = 0; index < columns.Count; index++)
        {
            var right = columns[index].StartsWith('>');
            var column = new TableColumn(Markup.Escape(right ? columns[index][1..] : columns[index])) { NoWrap = true };
            if (right)
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

        Console().Write(table);
    }

    /// <summary>Names and values, one a line.</summary>
    public void Facts(IEnumerable<(string Name, string Value)> facts)
    {
        var list = facts.ToList();
        var width = list.Max(fact => fact.Name.Length);
        foreach (var (name, value) in list)
        {
            environment.Out.WriteLine($"{name.PadRight(width)}  {value}");
        }
    }

    private IAnsiConsole Console()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = environment.OutIsRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = environment.OutIsRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(environment.Out),
        });
        if (environment.OutIsRedirected)
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }
}
