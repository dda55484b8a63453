using Platform.Postgres;

namespace Platform.Metering.Repricing;

/// <summary>Wakes this replica's repricing after a price came; forgetting it costs a second, not a correction.</summary>
internal sealed class RepricingSignal : WorkSignal;
