using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Intake;

/// <summary>What a roll-up row is about.</summary>
internal readonly record struct RollupKey(
    DateTimeOffset QuarterHour, string TeamId, string UserId, string ApplicationId, string KeyId, string Workload, string Lane, string Provider, string Model,
    Outcome Outcome, Funding Funding, bool Priced, DateTimeOffset? BookedAt = null)
{
    public static RollupKey Of(RatedUsage usage) => new(
        Moments.QuarterHour(usage.OccurredAt), usage.Event.TeamId, usage.Event.UserId, usage.Event.ApplicationId, usage.Event.KeyId, usage.Event.Workload,
        usage.Event.Lane, usage.Event.Provider, usage.Event.ModelServed, usage.Event.Outcome, usage.Event.Funding,
        usage.Cost is not null, usage.BookedAt);

    /// <summary>Key of all but the quarter hour.</summary>
    public Guid DimensionsKey() => DerivedId.Of(
        TeamId, UserId, ApplicationId, KeyId, Workload, Lane, Provider, Model, ((int)Outcome).ToString(CultureInfo.InvariantCulture),
        ((int)Funding).ToString(CultureInfo.InvariantCulture), PricedKey(Priced, BookedAt));

    /// <summary>The last part of the key, alike in summaries. What is booked when it occurred has the key that it had before there were closed months.</summary>
    public static string PricedKey(bool priced, DateTimeOffset? bookedAt) =>
        (priced ? "priced" : "unpriced") + (bookedAt is { } moment ? moment.UtcTicks.ToString(CultureInfo.InvariantCulture) : "");
}

/// <summary>What a batch adds to one roll-up row.</summary>
internal sealed class Rollup(RollupKey key)
{
    public RollupKey Key { get; } = key;

    public Guid DimensionsKey { get; } = key.DimensionsKey();

    public RollupMeasures Measures { get; } = new();

    /// <summary>Sums records by roll-up row, in the one order in which all batches lock the rows.</summary>
    /// <param name="pricedLate">Unpriced records of before that one of these corrections gives a price: their calls and tokens go over to the priced rows.</param>
    public static List<Rollup> Sum(IEnumerable<RatedUsage> records, IEnumerable<RatedUsage>? pricedLate = null)
    {
        var rollups = new Dictionary<RollupKey, Rollup>();
        foreach (var usage in records)
        {
            Of(RollupKey.Of(usage)).Measures.Add(usage, 1);
        }

        foreach (var usage in pricedLate ?? [])
        {
            Of(RollupKey.Of(usage)).Measures.Add(usage, -1);
            Of(RollupKey.Of(usage) with { Priced = true }).Measures.Add(usage, 1);
        }

        return [.. rollups.Values.OrderBy(rollup => rollup.Key.QuarterHour).ThenBy(rollup => rollup.DimensionsKey)];

        Rollup Of(RollupKey key)
        {
            if (!rollups.TryGetValue(key, out var rollup))
            {
                rollups.Add(key, rollup = new Rollup(key));
            }

            return rollup;
        }
    }
}
