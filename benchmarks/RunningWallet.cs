using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Grpc.Core;
using Grpc.Net.Client;
using Platform.AppHost;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.NativeHost;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Benchmarks;

/// <summary>Wallet as its own process with the two servers that it needs, and clients of it over gRPC.</summary>
internal sealed class RunningWallet : IAsyncDisposable
{
    /// <summary>Connections of a client, as several gateway replicas would have.</summary>
    private const int Channels = 4;

    private const string OwnerToken = "benchownertoken0000000000000000000000000000";
    private const string ServiceToken = "benchservicetoken00000000000000000000000000";

    private readonly DistributedApplication _app;
    private readonly GrpcChannel[] _channels;

    private RunningWallet(DistributedApplication app)
    {
        _app = app;
        _channels = Enumerable.Range(0, Channels).Select(_ => GrpcChannel.ForAddress(
            app.GetEndpoint(ResourceNames.Wallet, ResourceNames.GrpcEndpoint),
            new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true } })).ToArray();
        Clients = Array.ConvertAll(_channels, channel => new WalletClient(channel));
    }

    public WalletClient[] Clients { get; }

    /// <summary>The token of a gateway, on every call.</summary>
    public static Metadata Gateway { get; } = new() { { "authorization", $"Bearer kt_live_{ServiceToken}" } };

    /// <summary>The token of somebody who may do everything.</summary>
    public static Metadata Owner { get; } = new() { { "authorization", $"Bearer kt_live_{OwnerToken}" } };

    public static async Task<RunningWallet> StartAsync(CancellationToken cancellationToken)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [
                $"--Parameters:{ResourceNames.OwnerToken}={OwnerToken}", $"--Parameters:{ResourceNames.ServiceToken}={ServiceToken}",
                $"--NativeHost:Only={ResourceNames.Postgres},{ResourceNames.Messaging},{ResourceNames.Wallet}",
            ],
            cancellationToken);
        var app = await builder.BuildAsync(cancellationToken);
        await app.StartAsync(cancellationToken);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Wallet, cancellationToken);
        return new RunningWallet(app);
    }

    /// <summary>The PostgreSQL server that Wallet uses.</summary>
    public async Task<string> ServerAsync(CancellationToken cancellationToken) =>
        (await _app.GetConnectionStringAsync(ResourceNames.Postgres, cancellationToken))!;

    /// <summary>Wallet's own database.</summary>
    public async Task<string> DatabaseAsync(CancellationToken cancellationToken) =>
        (await _app.GetConnectionStringAsync(ResourceNames.WalletDatabase, cancellationToken))!;

    /// <summary>Processor time used so far by this process (the callers), by Wallet and by PostgreSQL, in seconds.</summary>
    public (double Callers, double Wallet, double Postgres) ProcessorSeconds() => (
        Environment.CpuUsage.TotalTime.TotalSeconds,
        NativeProcesses.Of(_app, ResourceNames.Wallet).Sum(ProcessTree.ProcessorSeconds),
        NativeProcesses.Of(_app, ResourceNames.Postgres).Sum(ProcessTree.ProcessorSeconds));

    /// <summary>Teams with a funded wallet each.</summary>
    public async Task<string[]> MakeTeamsAsync(string name, int count, long nanosEach, CancellationToken cancellationToken)
    {
        var identity = new Identity.IdentityClient(_channels[0]);
        await Clients[0].CreditAsync(
            new CreditRequest { AmountNanos = checked(count * nanosEach), Currency = "USD", IdempotencyKey = name }, Owner, cancellationToken: cancellationToken);
        var teams = Enumerable.Range(0, count).Select(i => $"{name}_{i}").ToArray();
        await Parallel.ForEachAsync(teams, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (team, token) =>
        {
            await identity.CreateTeamAsync(new CreateTeamRequest { TeamId = team, Name = team, IdempotencyKey = team }, Owner, cancellationToken: token);
            await Clients[0].AllocateAsync(
                new AllocateRequest { TeamId = team, AmountNanos = nanosEach, Currency = "USD", IdempotencyKey = team }, Owner, cancellationToken: token);
        });
        return teams;
    }

    /// <summary>What a team's wallet has set aside.</summary>
    public async Task<long> HeldAsync(string team, CancellationToken cancellationToken) =>
        (await Clients[0].GetBalanceAsync(new GetBalanceRequest { TeamId = team }, Owner, cancellationToken: cancellationToken)).Effective.HeldNanos;

    public async ValueTask DisposeAsync()
    {
        Array.ForEach(_channels, channel => channel.Dispose());
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
