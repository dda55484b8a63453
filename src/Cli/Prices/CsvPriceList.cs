using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using Platform.Cli.CsvFiles;
using Platform.Cli.TextFiles;

namespace Platform.Cli.Prices;

/// <summary>
/// A CSV with a header: provider, model, input_per_million, output_per_million, and where wanted currency, tier, region, cached_input_per_million,
/// cache_write_per_million, cache_write_1h_per_million, reasoning_per_million, per_request, discount_percent, effective_from, source. Context tiers need JSON.
/// </summary>
internal static class CsvPriceList
{
    private static readonly string[] Required = ["provider", "model", "input_per_million", "output_per_million"];

    private static readonly string[] Known =
    [
        .. Required, "currency", "tier", "region", "cached_input_per_million", "cache_write_per_million", "cache_write_1h_per_million", "reasoning_per_million",
        "per_request", "discount_percent", "effective_from", "source",
    ];

    public static PriceList Read(string path)
    {
        var before = 0;
        using var reader = TextFile.OpenText(path);
        using var csv = new CsvReader(reader, new CsvConfiguration(CultureInfo.InvariantCulture) { TrimOptions = TrimOptions.Trim, MissingFieldFound = null, BadDataFound = Refuse });
        try
        {
            if (!csv.Read() || !csv.ReadHeader())
            {
                throw new KtError(ExitCodes.Failed, "The file is empty; it needs a header.");
            }

            RequireHeader(csv.HeaderRecord!);
            var prices = new List<PriceEntry>();
            for (before = csv.Parser.RawRow; csv.Read(); before = csv.Parser.RawRow)
            {
                prices.Add(ReadRow(csv));
            }

            return new PriceList(prices, []);
        }
        catch (CsvHelperException exception)
        {
            throw new KtError(ExitCodes.Failed, $"line {csv.Parser.RawRow}: {exception.Message.Split('\n')[0].TrimEnd()}");
        }

        void Refuse(BadDataFoundArgs found) => throw new KtError(ExitCodes.Failed, $"line {before + 1}: {CsvRow.WrongQuotes}");
    }

    private static void RequireHeader(string[] header)
    {
        if (Required.Except(header).ToList() is { Count: > 0 } missing)
        {
            throw new KtError(ExitCodes.Failed, $"The header lacks {string.Join(", ", missing)}.");
        }

        if (header.Except(Known).ToList() is { Count: > 0 } unknown)
        {
            throw new KtError(ExitCodes.Failed, $"The header has {string.Join(", ", unknown)}, which is none of {string.Join(", ", Known)}.");
        }
    }

    private static PriceEntry ReadRow(CsvReader csv)
    {
        var place = $"line {csv.Parser.RawRow}";
        if (CsvRow.WrongWidth(csv.Parser.Record!.Length, csv.HeaderRecord!.Length) is { } problem)
        {
            throw new KtError(ExitCodes.Failed, $"{place}: {problem}");
        }

        string? Text(string name) => csv.TryGetField<string>(name, out var text) && !string.IsNullOrEmpty(text) ? text : null;
        decimal? Figure(string name) => PriceListReader.Figure(Text(name) ?? "", place, name);
        return new PriceEntry(place, Text("provider") ?? "", Text("model") ?? "")
        {
            Currency = Text("currency"),
            Tier = Text("tier"),
            Region = Text("region"),
            Rates = new PriceRates(
                Figure("input_per_million"), Figure("cached_input_per_million"), Figure("cache_write_per_million"), Figure("cache_write_1h_per_million"),
                Figure("output_per_million"), Figure("reasoning_per_million")),
            PerRequest = Figure("per_request"),
            DiscountPercent = Figure("discount_percent"),
            EffectiveFrom = Text("effective_from"),
            Source = Text("source"),
        };
    }
}
