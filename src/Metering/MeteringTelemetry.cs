using System.Diagnostics;
using System.Diagnostics.Metrics;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering;

/// <summary>Spans and metrics of this service.</summary>
internal sealed class MeteringTelemetry
{
    public const string Name = "Platform.Metering";

    public static readonly ActivitySource Source = new(Name);

    private readonly Counter<long> _records;
    private readonly Counter<long> _unpriced;

    public MeteringTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _records = meter.CreateCounter<long>("kt.metering.records", "{record}", "Usage events by what the intake answered.");
        _unpriced = meter.CreateCounter<long>("kt.metering.unpriced_records", "{record}", "Usage records stored without a cost, for want of a price.");
    }

    /// <summary>Counts a batch's results and answers its unpriced records by model.</summary>
    public IReadOnlyList<(string Provider, string Model, int Records)> Count(IReadOnlyList<UsageEvent> events, IReadOnlyList<RecordResult?> results)
    {
        foreach (var group in results.Zip(events).CountBy(pair => (pair.First!.Outcome, pair.Second.Funding)))
        {
            _records.Add(
                group.Value,
                new KeyValuePair<string, object?>("outcome", group.Key.Outcome.ToString()),
                new KeyValuePair<string, object?>("funding", group.Key.Funding.ToString()));
        }

        var unpriced = results.Zip(events)
            .Where(pair => pair.First!.Outcome == RecordOutcome.AcceptedUnpriced)
            .CountBy(pair => (pair.Second.Provider, pair.Second.ModelServed))
            .Select(group => (group.Key.Provider, group.Key.ModelServed, group.Value))
            .ToList();
        if (unpriced.Count > 0)
        {
            _unpriced.Add(unpriced.Sum(group => group.Value));
        }

        return unpriced;
    }
}
