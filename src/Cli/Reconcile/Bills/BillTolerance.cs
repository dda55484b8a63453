using System.Globalization;
using Platform.Contracts;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>By how much the cost of a cell may differ and still match.</summary>
/// <param name="Nanos">Nano-units; null with <paramref name="Share"/>, or for what rounding explains.</param>
/// <param name="Share">Of the bill's amount.</param>
internal readonly record struct BillTolerance(decimal? Nanos, decimal? Share)
{
    /// <summary>What rounding each call's figures once explains, and nothing else.</summary>
    public static readonly BillTolerance Rounding = new(null, null);

    public decimal Of(BillCell cell) => Nanos ?? (Share is { } share ? Math.Abs(cell.Bill.Nanos) * share : cell.RoundingBound);

    /// <summary>"rounding", an amount (0.01) or a share of the bill (0.1%). Null for anything else.</summary>
    public static BillTolerance? Parse(string text)
    {
        if (text == "rounding")
        {
            return Rounding;
        }

        var isShare = text.EndsWith('%');
        if (!decimal.TryParse(isShare ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var figure) || figure > 1_000_000_000)
        {
            return null;
        }

        return isShare ? new BillTolerance(null, figure / 100) : new BillTolerance(figure * Money.NanosPerUnit, null);
    }
}
