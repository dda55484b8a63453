using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>The prices that a bill implies beside those that the records were rated at. Pure.</summary>
internal static class PriceEvidence
{
    private const int ShareDecimals = 4;
    private const int ShownPrices = 5;

    /// <summary>What the bill is of our cost, to four places.</summary>
    public static decimal Share(BillCell cell) => Math.Round(cell.Bill.Nanos / cell.Records.Nanos, ShareDecimals);

    /// <summary>True when two kinds of tokens at least are billed, each at the same share of our cost.</summary>
    public static bool IsSameForAllKinds(BillCell cell, decimal share)
    {
        var kinds = Both(cell).ToList();
        return kinds.Count > 1 && kinds.All(kind => Math.Round(cell.Bill.NanosByKind[kind] / cell.Records.NanosByKind[kind], ShareDecimals) == share);
    }

    /// <summary>The shares below one that the bill of two models at least is of.</summary>
    public static IReadOnlySet<decimal> Discounts(IEnumerable<BillCell> cells) => cells
        .Select(cell => (Share: Share(cell), cell.Key.Model))
        .Where(pair => pair.Share is > 0 and < 1)
        .Distinct()
        .GroupBy(pair => pair.Share)
        .Where(group => group.Count() > 1)
        .Select(group => group.Key)
        .ToHashSet();

    /// <summary>A sentence for each kind whose price differs, or one for all kinds together where the bill does not tell them apart.</summary>
    public static IReadOnlyList<string> Of(BillCell cell)
    {
        var rows = cell.Records.PriceIds.Count == 0
            ? "no price row"
            : $"price row {string.Join(", ", cell.Records.PriceIds.Take(ShownPrices))}{(cell.Records.PriceIds.Count > ShownPrices ? ", …" : "")}";
        var tokens = cell.Bill.Tokens ?? cell.Records.Tokens;
        var kinds = Both(cell).Where(kind => tokens[kind] > 0 && cell.Records.Tokens[kind] > 0 && Math.Abs(cell.Bill.NanosByKind[kind] - cell.Records.NanosByKind[kind]) > 1).ToList();
        if (kinds.Count > 0)
        {
            return [.. kinds.Select(kind => Sentence(BillText.Name(kind), cell.Bill.NanosByKind[kind], tokens[kind], cell.Records.NanosByKind[kind], cell.Records.Tokens[kind], rows))];
        }

        return tokens.Total > 0 && cell.Records.Tokens.Total > 0
            ? [Sentence("all kinds", cell.Bill.Nanos, tokens.Total, cell.Records.Nanos, cell.Records.Tokens.Total, rows)]
            : [$"The records were rated by {rows}."];
    }

    private static IEnumerable<TokenKind> Both(BillCell cell) =>
        TokenCounts.Kinds.Where(kind => cell.Bill.NanosByKind.GetValueOrDefault(kind) != 0 && cell.Records.NanosByKind.GetValueOrDefault(kind) != 0);

    private static string Sentence(string kind, decimal billed, long billedTokens, decimal rated, long ratedTokens, string rows) =>
        $"{kind}: the bill implies {PerMillion(billed, billedTokens)} a million tokens, {rows} says {PerMillion(rated, ratedTokens)}.";

    private static string PerMillion(decimal nanos, long tokens) => BillText.Price(nanos / tokens * 1_000_000);
}
