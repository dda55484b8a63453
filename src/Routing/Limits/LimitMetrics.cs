using System.Diagnostics.Metrics;

namespace Platform.Routing.Limits;

/// <summary>What the gateway measures of its limits. No tag names a limit's subject: there may be thousands.</summary>
internal sealed class LimitMetrics
{
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _exchanges;
    private readonly Counter<long> _denials;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _waits;

    public LimitMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Platform.Routing");
        _refusals = meter.CreateCounter<long>("kt.routing.limit.refusals", "{call}", "Calls and attempts that a rate limit refused, by measure and outcome.");
        _exchanges = meter.CreateCounter<long>("kt.routing.limit.exchanges", "{exchange}", "Exchanges of counts with the database, by answer.");
        _duration = meter.CreateHistogram<double>("kt.routing.limit.exchange.duration", "s", "How long an exchange took.");
        _waits = meter.CreateHistogram<double>("kt.routing.limit.wait", "s", "How long calls waited for a limit that then let them pass.");
        _denials = meter.CreateCounter<long>("kt.routing.limit.denials", "{event}", "Refusals and waits that are told as denied and delayed demand, or were too many to be.");
    }

    public void Refused(LimitMeasure measure, DrawOutcome outcome) => _refusals.Add(1, new("kt.measure", measure.ToString()), new("kt.outcome", outcome.ToString()));

    public void Waited(TimeSpan span) => _waits.Record(span.TotalSeconds);

    public void Exchanged(int counts, TimeSpan span)
    {
        _exchanges.Add(1, new KeyValuePair<string, object?>("kt.answer", "done"));
        _duration.Record(span.TotalSeconds, new KeyValuePair<string, object?>("kt.counts", counts > 100 ? "many" : "few"));
    }

    public void Failed() => _exchanges.Add(1, new KeyValuePair<string, object?>("kt.answer", "failed"));

    public void Denied(int events, bool told) => _denials.Add(events, new KeyValuePair<string, object?>("kt.told", told));
}
