using Platform.Postgres;

namespace Platform.Export.Scheduling;

/// <summary>Wakes this replica's scheduler when a run was asked for. Missing a signal costs one poll interval, never the run.</summary>
internal sealed class RunSignal : WorkSignal;
