using Platform.Contracts.Events;

namespace Platform.Forecast.Series;

/// <summary>What the usage of one message is summed by: few of them, where a message has thousands of items.</summary>
internal readonly record struct UsageKey(string TeamId, DateTimeOffset QuarterStart, string Workload, string Lane, string Provider, string Model, string Funding);

/// <summary>Sums of one message's usage of one key. Amounts in nanos; tokens and calls in units. Below zero where corrections take back more than the message brings.</summary>
internal sealed class UsageSums
{
    public long Cost { get; private set; }

    public long Calls { get; private set; }

    public long InputTokens { get; private set; }

    public long OutputTokens { get; private set; }

    /// <summary>Calls without a cost, less those that get theirs now; until their own message is here, less than none are.</summary>
    public long UnpricedCalls { get; private set; }

    public long FallbackCalls { get; private set; }

    public long FallbackCost { get; private set; }

    /// <summary>Of calls that fell back and whose primary target's cost is known: theirs, and what the primary would have cost.</summary>
    public (long Cost, long Primary) FellBack { get; private set; }

    /// <summary>Of calls whose default target's cost is known: what the routed one cost (of those that fell back, the primary), and what the default would have.</summary>
    public (long Cost, long Default) Routed { get; private set; }

    /// <summary>Of calls that a rule in shadow would have moved: what they cost, and would have.</summary>
    public (long Cost, long Rule) Shadowed { get; private set; }

    /// <summary>Of calls with a bound and a cost: both.</summary>
    public (long Cost, long Bound) Bounded { get; private set; }

    /// <summary>The sums by key, in no order.</summary>
    /// <exception cref="OverflowException">A sum is beyond what the ledger counts.</exception>
    public static Dictionary<UsageKey, UsageSums> Of(IEnumerable<UsageMeteredItem> items)
    {
        var sums = new Dictionary<UsageKey, UsageSums>();
        foreach (var item in items)
        {
            var key = new UsageKey(item.TeamId, Quarter.StartOf(item.OccurredAt), item.Workload, item.Lane, item.Provider, item.Model, item.Funding);
            if (!sums.TryGetValue(key, out var sum))
            {
                sums.Add(key, sum = new UsageSums());
            }

            sum.Add(item);
        }

        return sums;
    }

    private void Add(UsageMeteredItem item)
    {
        checked
        {
            var calls = item.Calls ?? (item.CorrectsRecordId is null ? 1 : 0);
            Calls += calls;
            InputTokens += item.InputTokens;
            OutputTokens += item.OutputTokens;
            UnpricedCalls += (item.CostNanos is null ? calls : 0) - item.PricedCalls;
            FallbackCalls += item.Fallback ? calls : 0;
            if (item.CostNanos is { } cost)
            {
                Add(item, cost);
            }
        }
    }

    private void Add(UsageMeteredItem item, long cost)
    {
        checked
        {
            Cost += cost;
            FallbackCost += item.Fallback ? cost : 0;
            if (item is { Fallback: true, PrimaryCostNanos: { } primary })
            {
                FellBack = (FellBack.Cost + cost, FellBack.Primary + primary);
            }

            if (item.DefaultCostNanos is { } byDefault)
            {
                Routed = (Routed.Cost + (item.Fallback ? item.PrimaryCostNanos ?? cost : cost), Routed.Default + byDefault);
            }

            if (item.ShadowCostNanos is { } shadow)
            {
                Shadowed = (Shadowed.Cost + cost, Shadowed.Rule + shadow);
            }

            // A correction has the bound of what it corrects, which counts once.
            if (item is { CorrectsRecordId: null, BoundNanos: > 0 })
            {
                Bounded = (Bounded.Cost + cost, Bounded.Bound + item.BoundNanos);
            }
        }
    }
}
