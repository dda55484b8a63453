using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering;

/// <summary>Spans and metrics of this service.</summary>
internal sealed class MeteringTelemetry
{
    public const string Name = "Platform.Metering";

    public static readonly ActivitySource Source = new(Name);

    private readonly Counter<long> _records;
    private readonly Counter<long> _unpriced;
    private readonly Counter<long> _tried;

    public MeteringTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _records = meter.CreateCounter<long>("kt.metering.records", "{record}", "Usage events by what the intake answered.");
        _unpriced = meter.CreateCounter<long>("kt.metering.unpriced_records", "{record}", "Usage records stored without a cost, for want of a price.");
        _tried = meter.CreateCounter<long>("kt.metering.tried_events", "{event}", "Usage events that were tried and not recorded.");
    }

    public void CountTried(int events) => _tried.Add(events);

    /// <summary>Counts a batch's results and answers its unpriced records by model.</summary>
    public IReadOnlyList<(string Provider, string Model, int Records)> Count(IReadOnlyList<UsageEvent> events, IReadOnlyList<RecordResult?> results)
    {
        var counts = new Dictionary<(RecordOutcome, Funding), int>();
        var models = new Dictionary<(string Provider, string Model), int>();
        for (var i = 0; i < events.Count; i++)
        {
            var (usage, outcome) = (events[i], results[i]!.Outcome);
            CollectionsMarshal.GetValueRefOrAddDefault(counts, (outcome, usage.Funding), out _)++;
            if (outcome == RecordOutcome.AcceptedUnpriced)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(models, (usage.Provider, usage.ModelServed), out _)++;
            }
        }

        foreach (var ((outcome, funding), count) in counts)
        {
            _records.Add(
                count,
                new KeyValuePair<string, object?>("outcome", outcome.ToString()),
                new KeyValuePair<string, object?>("funding", funding.ToString()));
        }

        var unpriced = models.Select(model => (model.Key.Provider, model.Key.Model, model.Value)).ToList();
        if (unpriced.Count > 0)
        {
            _unpriced.Add(unpriced.Sum(model => model.Value));
        }

        return unpriced;
    }
}
