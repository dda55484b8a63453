using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Grpc.Net.Client;
using Platform.AppHost;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.NativeHost;

namespace Platform.Benchmarks.Metering;

/// <summary>Metering as its own process, with Wallet, which knows the teams and receives what is metered, and the two servers.</summary>
internal sealed class RunningMetering : IAsyncDisposable
{
    private const int Channels = 4;

    private readonly DistributedApplication _app;
    private readonly GrpcChannel[] _channels;

    private RunningMetering(DistributedApplication app)
    {
        _app = app;
        _channels = RunningServices.Connect(app, ResourceNames.Metering, Channels);
        Clients = Array.ConvertAll(_channels, channel => new Usage.UsageClient(channel));
    }

    public Usage.UsageClient[] Clients { get; }

    public static async Task<RunningMetering> StartAsync(CancellationToken cancellationToken)
    {
        var metering = new RunningMetering(await RunningServices.StartAsync([ResourceNames.Wallet, ResourceNames.Metering], cancellationToken));
        await metering.MakeTeamsAsync(cancellationToken);
        return metering;
    }

    /// <summary>Metering's own database.</summary>
    public async Task<string> DatabaseAsync(CancellationToken cancellationToken) =>
        (await _app.GetConnectionStringAsync(ResourceNames.MeteringDatabase, cancellationToken))!;

    /// <summary>Processor time used so far, in seconds: by this process (the callers), by Metering, by PostgreSQL, and by Wallet and the broker.</summary>
    public (double Callers, double Metering, double Postgres, double Others) ProcessorSeconds() => (
        Environment.CpuUsage.TotalTime.TotalSeconds,
        RunningServices.ProcessorSeconds(_app, ResourceNames.Metering),
        RunningServices.ProcessorSeconds(_app, ResourceNames.Postgres),
        RunningServices.ProcessorSeconds(_app, ResourceNames.Wallet) + RunningServices.ProcessorSeconds(_app, ResourceNames.Messaging));

    /// <summary>Memory of Metering's process, in MiB.</summary>
    public double MemoryMiB() => NativeProcesses.Of(_app, ResourceNames.Metering).Sum(ProcessTree.MemoryMiB);

    public async ValueTask DisposeAsync()
    {
        Array.ForEach(_channels, channel => channel.Dispose());
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task MakeTeamsAsync(CancellationToken cancellationToken)
    {
        using var channel = RunningServices.Connect(_app, ResourceNames.Wallet, 1)[0];
        var identity = new Identity.IdentityClient(channel);
        for (var team = 0; team < UsageMaker.Teams; team++)
        {
            var id = UsageMaker.TeamId(team);
            await identity.CreateTeamAsync(
                new CreateTeamRequest { TeamId = id, Name = id, IdempotencyKey = id }, RunningServices.Owner, cancellationToken: cancellationToken);
        }
    }
}
