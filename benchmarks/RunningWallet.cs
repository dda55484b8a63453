using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Grpc.Core;
using Grpc.Net.Client;
using Platform.AppHost;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Benchmarks;

/// <summary>Wallet as its own process with the two servers that it needs, and clients of it over gRPC.</summary>
internal sealed class RunningWallet : IAsyncDisposable
{
    /// <summary>Connections of a client, as several gateway replicas would have.</summary>
    public const int Channels = 4;

    private readonly DistributedApplication _app;
    private readonly GrpcChannel[] _channels;

    private RunningWallet(DistributedApplication app)
    {
        _app = app;
        _channels = RunningServices.Connect(app, ResourceNames.Wallet, Channels);
        Clients = Array.ConvertAll(_channels, channel => new WalletClient(channel));
    }

    public WalletClient[] Clients { get; }

    /// <summary>Where Wallet's gRPC is.</summary>
    public Uri Address => _app.GetEndpoint(ResourceNames.Wallet, ResourceNames.GrpcEndpoint);

    /// <inheritdoc cref="RunningServices.Gateway"/>
    public static Metadata Gateway => RunningServices.Gateway;

    /// <inheritdoc cref="RunningServices.Owner"/>
    public static Metadata Owner => RunningServices.Owner;

    public static async Task<RunningWallet> StartAsync(CancellationToken cancellationToken) =>
        new(await RunningServices.StartAsync([ResourceNames.Wallet], cancellationToken));

    /// <summary>The PostgreSQL server that Wallet uses.</summary>
    public async Task<string> ServerAsync(CancellationToken cancellationToken) =>
        (await _app.GetConnectionStringAsync(ResourceNames.Postgres, cancellationToken))!;

    /// <summary>Wallet's own database.</summary>
    public async Task<string> DatabaseAsync(CancellationToken cancellationToken) =>
        (await _app.GetConnectionStringAsync(ResourceNames.WalletDatabase, cancellationToken))!;

    /// <summary>Processor time used so far by this process (the callers), by Wallet and by PostgreSQL, in seconds.</summary>
    public (double Callers, double Wallet, double Postgres) ProcessorSeconds() => (
        Environment.CpuUsage.TotalTime.TotalSeconds,
        RunningServices.ProcessorSeconds(_app, ResourceNames.Wallet),
        RunningServices.ProcessorSeconds(_app, ResourceNames.Postgres));

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
