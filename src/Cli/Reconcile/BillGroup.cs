using Platform.Contracts;

namespace Platform.Cli.Reconcile;

/// <summary>What a bill without attempt ids can be compared by.</summary>
internal readonly record struct BillGroupKey(DateOnly Day, string UpstreamKey, string Model);

/// <summary>A day of one upstream key and model: billed without attempt ids, against the metered attempts that the bill did not name.</summary>
/// <param name="BilledIn">A currency that is not the organisation's, in which the bill has amounts of it: then its sums are not compared. Else empty.</param>
internal sealed record BillGroup(BillGroupKey Key, LegSum Bill, LegSum Meter, string BilledIn = "")
{
    /// <summary>
    /// The larger of one in a thousand of the bill and two calls: clocks differ between gateway and provider, so calls at midnight may fall on either day.
    /// </summary>
    public Money Tolerance
    {
        get
        {
            var share = Math.Abs(Bill.Cost.Nanos) / 1000;
            var twoCalls = Bill.Rows == 0 ? 0 : Math.Abs(Bill.Cost.Nanos) / Bill.Rows * 2;
            return new Money(Bill.Rows < 10 ? share : Math.Max(share, twoCalls));
        }
    }

    public Money Difference => Bill.Cost - Meter.Cost;

    public bool IsCompared => BilledIn.Length == 0;

    /// <summary>What is not compared contradicts nothing, as long as there are calls that it may be the bill of.</summary>
    public bool Agrees => IsCompared ? IsWithinTolerance : Meter.Rows > 0;

    private bool IsWithinTolerance => Math.Abs(Difference.Nanos) <= Tolerance.Nanos;
}
