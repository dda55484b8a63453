using System.Text.Json;
using Spectre.Console;

namespace Platform.Benchmarks;

/// <summary>One measured figure beside its baseline from the same run.</summary>
/// <param name="Baseline">Null where a figure has none.</param>
public sealed record Figure(string Name, double Value, string Unit, double? Baseline = null, string? BaselineName = null)
{
    /// <summary>Value over baseline.</summary>
    public double? Ratio => Baseline is > 0 ? Value / Baseline : null;
}

/// <summary>A table for people, then a JSON line a figure for machines, all on standard output.</summary>
internal static class FigureTable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static void Write(string benchmark, IReadOnlyList<Figure> figures)
    {
        var table = new Table().AddColumns("figure", "value", "unit", "baseline", "ratio").Title(benchmark);
        foreach (var figure in figures)
        {
            table.AddRow(
                figure.Name,
                figure.Value.ToString("0.###"),
                figure.Unit,
                figure.Baseline is { } baseline ? $"{baseline:0.###} ({Markup.Escape(figure.BaselineName ?? "")})" : "–",
                figure.Ratio?.ToString("0.00") ?? "–");
        }

        AnsiConsole.Write(table);
        foreach (var figure in figures)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    bench = benchmark, name = figure.Name, value = Math.Round(figure.Value, 6), unit = figure.Unit, baseline = figure.Baseline,
                    baseline_name = figure.BaselineName, ratio = figure.Ratio is { } ratio ? Math.Round(ratio, 4) : (double?)null,
                },
                Json));
        }
    }
}
