using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Platform.Postgres;
using Platform.Routing.Limits;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Limits;

/// <summary>One replica's limits, as the service registers them.</summary>
internal sealed class LocalLimits : IAsyncDisposable
{
    private readonly LimitSync? _sync;
    private readonly DeniedCalls _denied;

    /// <param name="database">Null: no call is under a limit.</param>
    public LocalLimits(NpgsqlDataSource? database, IMeterFactory meters)
    {
        var source = database ?? NpgsqlDataSource.Create("Host=nowhere");
        var time = new PatientTime();
        var clock = new LimitClock(time);
        var counts = new LimitCounts(clock);
        var metrics = new LimitMetrics(meters);
        Store = new LimitStore(source);
        _denied = new DeniedCalls(source, new Outbox(time), metrics, time, NullLogger<DeniedCalls>.Instance);
        Calls = new CallLimits(counts, clock, metrics);
        Admission = new CallAdmission(Calls, _denied, time);
        Explain = new ExplainLimits(Calls, Store, clock);
        if (database is not null)
        {
            _sync = new LimitSync(Store, counts, () => Served, clock, metrics, NullLogger<LimitSync>.Instance);
        }
    }

    public LimitStore Store { get; }

    public DeniedCalls Denied => _denied;

    public CallLimits Calls { get; }

    public CallAdmission Admission { get; }

    public ExplainLimits Explain { get; }

    /// <summary>The policy in force, as far as counts follow it without a call: one before that of the calls.</summary>
    public RoutingTable Served { get; set; } = CallLimitWorld.PolicyOf(-1);

    /// <summary>The policy's limits.</summary>
    public List<RouteLimit> Policy { get; } = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _sync!.StartAsync(cancellationToken);
        await _denied.StartAsync(cancellationToken);
    }

    /// <summary>As the host stops the service.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _denied.StopAsync(cancellationToken);
        await _sync!.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_sync is not null)
        {
            await _sync.StopAsync(CancellationToken.None);
            _sync.Dispose();
        }

        await _denied.StopAsync(CancellationToken.None);
        _denied.Dispose();
    }
}
