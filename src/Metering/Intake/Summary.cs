using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;

namespace Platform.Metering.Intake;

/// <summary>What a row of usage_summary is about: a roll-up's dimensions over a longer time, without the caller where the grain leaves it out.</summary>
internal readonly record struct SummaryKey(
    RollupGrain Grain, DateTimeOffset StartsAt, string TeamId, string UserId, string ApplicationId, string KeyId, string Workload, string Lane, string Provider,
    string Model, Outcome Outcome, Funding Funding, bool Priced, DateTimeOffset? BookedAt)
{
    public static SummaryKey Of(RollupKey key, RollupGrain grain)
    {
        var byCaller = grain == RollupGrain.CallerDay;
        return new SummaryKey(
            grain, StartOf(key.QuarterHour, grain), key.TeamId, byCaller ? key.UserId : "", byCaller ? key.ApplicationId : "", byCaller ? key.KeyId : "",
            key.Workload, key.Lane, key.Provider, key.Model, key.Outcome, key.Funding, key.Priced, key.BookedAt);
    }

    /// <summary>Key of all but grain and time.</summary>
    public Guid DimensionsKey() => DerivedId.Of(
        TeamId, UserId, ApplicationId, KeyId, Workload, Lane, Provider, Model, ((int)Outcome).ToString(CultureInfo.InvariantCulture),
        ((int)Funding).ToString(CultureInfo.InvariantCulture), RollupKey.PricedKey(Priced, BookedAt));

    private static DateTimeOffset StartOf(DateTimeOffset quarterHour, RollupGrain grain) =>
        new(quarterHour.UtcTicks - (quarterHour.UtcTicks % RollupUnits.SizeOf(grain).Ticks), TimeSpan.Zero);
}

/// <summary>What a batch adds to one row of usage_summary.</summary>
internal sealed class Summary(SummaryKey key)
{
    private static readonly RollupGrain[] Grains = [RollupGrain.QuarterHour, RollupGrain.Hour, RollupGrain.ThreeHours, RollupGrain.Day, RollupGrain.CallerDay];

    public SummaryKey Key { get; } = key;

    public Guid DimensionsKey { get; } = key.DimensionsKey();

    public long Calls { get; private set; }

    public long Records { get; private set; }

    /// <summary>All kinds of input.</summary>
    public long InputTokens { get; private set; }

    public long CachedInputTokens { get; private set; }

    /// <summary>With reasoning.</summary>
    public long OutputTokens { get; private set; }

    public long CostNanos { get; private set; }

    /// <summary>Of the cost: money without tokens.</summary>
    public long AdjustmentNanos { get; private set; }

    public long RetriedCalls { get; private set; }

    public long RetriedCostNanos { get; private set; }

    public long SmallCalls { get; private set; }

    public long SmallInputTokens { get; private set; }

    public long SmallOutputTokens { get; private set; }

    /// <summary>Sums roll-ups of quarter hours by summary row, in the one order in which all batches lock the rows.</summary>
    public static List<Summary> Of(IReadOnlyCollection<Rollup> rollups)
    {
        var summaries = new Dictionary<SummaryKey, Summary>();
        foreach (var rollup in rollups)
        {
            foreach (var grain in Grains)
            {
                var key = SummaryKey.Of(rollup.Key, grain);
                if (!summaries.TryGetValue(key, out var summary))
                {
                    summaries.Add(key, summary = new Summary(key));
                }

                summary.Add(rollup.Measures);
            }
        }

        return [.. summaries.Values.OrderBy(summary => summary.Key.Grain).ThenBy(summary => summary.Key.StartsAt).ThenBy(summary => summary.DimensionsKey)];
    }

    private void Add(RollupMeasures measures)
    {
        Calls += measures.Calls;
        Records += measures.Records;
        InputTokens += measures.InputTokens + measures.CachedInputTokens + measures.CacheWriteTokens + measures.CacheWriteHourTokens;
        CachedInputTokens += measures.CachedInputTokens;
        OutputTokens += measures.OutputTokens + measures.ReasoningTokens;
        CostNanos += measures.CostNanos;
        AdjustmentNanos += measures.AdjustmentNanos;
        RetriedCalls += measures.RetriedCalls;
        RetriedCostNanos += measures.RetriedCostNanos;
        SmallCalls += measures.SmallCalls;
        SmallInputTokens += measures.SmallInputTokens;
        SmallOutputTokens += measures.SmallOutputTokens;
    }
}
