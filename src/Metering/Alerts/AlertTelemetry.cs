using System.Diagnostics.Metrics;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Delivery;

namespace Platform.Metering.Alerts;

/// <summary>What an operator of alerts watches.</summary>
internal sealed class AlertTelemetry
{
    private readonly Counter<long> _alerts;
    private readonly Counter<long> _attempts;
    private double _unpostedSeconds;

    public AlertTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(MeteringTelemetry.Name);
        _alerts = meter.CreateCounter<long>("kt.metering.alerts", "{alert}", "Alerts raised, by kind.");
        _attempts = meter.CreateCounter<long>("kt.metering.alert_attempts", "{attempt}", "Attempts to deliver an alert, by the channel's type and what came of them.");
        meter.CreateObservableGauge("kt.metering.unposted_age", () => Volatile.Read(ref _unpostedSeconds), "s", "How long the oldest event has been waiting for the broker; looked at twice a minute.");
    }

    public void Raised(AlertKind kind) => _alerts.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));

    public void Unposted(TimeSpan age) => Volatile.Write(ref _unpostedSeconds, age.TotalSeconds);

    public void Attempted(ChannelType type, SendOutcome outcome) =>
        _attempts.Add(1, new KeyValuePair<string, object?>("type", type.ToString()), new KeyValuePair<string, object?>("outcome", outcome.ToString()));
}
