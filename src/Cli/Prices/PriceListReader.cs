using System.Globalization;
using Platform.Cli.TextFiles;
using Platform.Contracts;

namespace Platform.Cli.Prices;

internal enum PriceListFormat
{
    Auto,
    Json,
    Csv,
    Community,
}

/// <summary>Reads a file of prices. A figure is read from its digits, never by way of binary floating point, and one that cannot be kept exactly is an error.</summary>
internal static class PriceListReader
{
    /// <summary>No amount is larger; what the price book takes depends on the currency, and it says so itself.</summary>
    private const decimal MostUnits = long.MaxValue / (decimal)Money.NanosPerUnit;

    /// <summary>Nine places a million tokens: nano-units.</summary>
    private const int DecimalPlaces = 9;

    /// <param name="allowFree">Entries of the community's list that cost nothing are taken too.</param>
    public static PriceList Read(string path, PriceListFormat format, string? provider, bool allowFree = false)
    {
        if (!File.Exists(path))
        {
            throw new KtError(ExitCodes.Failed, $"There is no file '{path}'.");
        }

        var list = (format == PriceListFormat.Auto ? Guess(path) : format) switch
        {
            PriceListFormat.Csv => CsvPriceList.Read(path),
            PriceListFormat.Community => CommunityPriceList.Read(TextFile.ReadBytes(path), allowFree, provider),
            _ => JsonPriceList.Read(TextFile.ReadBytes(path)),
        };
        var kept = provider is null ? list.Prices : [.. list.Prices.Where(price => price.Provider == provider)];
        return kept.Count > 0 || list.Aliases.Count > 0
            ? list with { Prices = kept, Aliases = [.. list.Aliases.Where(alias => provider is null || alias.Provider == provider)] }
            : throw new KtError(ExitCodes.Failed, provider is null ? $"'{path}' holds no prices of tokens." : $"'{path}' holds no prices of tokens of provider '{provider}'.");
    }

    /// <summary>A decimal from its digits, exponents allowed; null for an empty text.</summary>
    /// <param name="scale">What it is multiplied by: 1,000,000 where a list states prices of one token.</param>
    /// <param name="most">The most that it may be then, in units of currency per million tokens or a request.</param>
    public static decimal? Figure(string text, string place, string name, decimal scale = 1, decimal most = MostUnits)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var figure))
        {
            throw new KtError(ExitCodes.Failed, $"{place}: {name} '{text}' is not a number.");
        }

        if (figure > most / scale)
        {
            throw new KtError(ExitCodes.Failed, $"{place}: {name} '{text}' is above the most that a rate can be: {most:#,##0} a million tokens, or a request.");
        }

        var scaled = figure * scale;
        return scaled >= 0 && decimal.Round(scaled, DecimalPlaces) == scaled
            ? scaled
            : throw new KtError(ExitCodes.Failed, $"{place}: {name} '{text}' must be 0 or more and have at most {DecimalPlaces} decimal places a million tokens.");
    }

    /// <summary>A figure that a person typed: plain digits, as amounts are. What is none is a wrong command line.</summary>
    public static decimal? Typed(string text, string place, string name)
    {
        if (text.AsSpan().IndexOfAny('e', 'E') >= 0)
        {
            throw new KtError(ExitCodes.Usage, $"{place}: {name} '{text}' must be in plain digits, such as 2.50.");
        }

        try
        {
            return Figure(text, place, name);
        }
        catch (KtError problem)
        {
            throw new KtError(ExitCodes.Usage, problem.Message);
        }
    }

    // The community's list is an object of objects; ours is an array, or an object with an array "prices".
    private static PriceListFormat Guess(string path)
    {
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            return PriceListFormat.Csv;
        }

        return CommunityPriceList.Looks(TextFile.ReadBytes(path)) ? PriceListFormat.Community : PriceListFormat.Json;
    }
}
