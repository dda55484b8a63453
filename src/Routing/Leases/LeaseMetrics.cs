using System.Diagnostics.Metrics;

namespace Platform.Routing.Leases;

/// <summary>What the gateway measures of its leases. No tag names a team: there may be thousands.</summary>
internal sealed class LeaseMetrics
{
    private readonly Counter<long> _draws;
    private readonly Counter<long> _operations;

    public LeaseMetrics(IMeterFactory meters)
    {
        Meter = meters.Create("Platform.Routing");
        _draws = Meter.CreateCounter<long>("kt.routing.lease.draws", "{attempt}", "Attempts by where their money was found: a lease, or a hold of their own.");
        _operations = Meter.CreateCounter<long>("kt.routing.lease.operations", "{call}", "Calls to Wallet about leases, by kind and answer.");
    }

    public Meter Meter { get; }

    public void Drawn(bool fromLease) => _draws.Add(1, new KeyValuePair<string, object?>("kt.funding", fromLease ? "lease" : "hold"));

    public void Operation(string kind, string answer) => _operations.Add(1, new("kt.operation", kind), new("kt.answer", answer));
}
