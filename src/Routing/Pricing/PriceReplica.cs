using Microsoft.Extensions.Diagnostics.HealthChecks;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Routing.Pricing;

/// <summary>
/// The prices in force, fed by Metering's stream. An attempt is rated at the price that its intent names, so a price that is a moment old
/// cannot make the figures differ; while Metering is away the last prices stand.
/// </summary>
internal sealed class PriceReplica(Prices.PricesClient prices, TimeProvider time, ILogger<PriceReplica> log) : BackgroundService, IHealthCheck
{
    /// <summary>Heartbeats come every ten seconds at most; a stream without one for this long is dead though the connection may look alive.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(25);

    private PriceTable? _current;
    private long _revision;

    /// <summary>The parts of a snapshot whose rest is still to come.</summary>
    private PriceBook? _parts;

    /// <summary>Null until Metering has sent prices for the first time.</summary>
    public PriceTable? Current => Volatile.Read(ref _current);

    /// <summary>False until Metering has sent prices for the first time.</summary>
    public bool IsReceived => Current is not null;

    /// <summary>The organisation's, as prices name it; empty until there is one.</summary>
    public string Currency => Current?.Currency ?? "";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        IsReceived ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Prices have not been received from Metering."));

    /// <summary>Takes a message of the stream. Of a snapshot in parts nothing holds before all are there: what its other parts have would be without a price.</summary>
    internal void Take(PriceBook message, bool isFirst)
    {
        if (isFirst)
        {
            // A new stream begins with a snapshot, whose revision may be one that a restored database has used before.
            _revision = -1;
            _parts = null;
        }

        _parts ??= new PriceBook();
        _parts.MergeFrom(message);
        if (!message.More)
        {
            Apply(_parts);
            _parts = null;
        }
    }

    /// <summary>Takes a whole message: a snapshot when its revision is new, else a heartbeat.</summary>
    internal void Apply(PriceBook book)
    {
        if (IsReceived && book.Revision == _revision)
        {
            return;
        }

        _revision = book.Revision;
        Volatile.Write(ref _current, new PriceTable(book));
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new StreamFollower("price", SilenceLimit, time, log).FollowAsync(
        options => prices.WatchPrices(new WatchPricesRequest { InParts = true }, options), Take, stoppingToken);
}
