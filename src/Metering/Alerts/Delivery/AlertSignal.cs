using Platform.Postgres;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>Wakes this replica's delivery after an alert was raised; forgetting it costs a second, not the alert.</summary>
internal sealed class AlertSignal : WorkSignal;
