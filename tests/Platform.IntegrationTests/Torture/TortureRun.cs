using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Net.Client;
using Platform.AppHost;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests.Torture;

/// <summary>
/// One run against a running platform: 1 teams with little money, 2 load, with troubles beside it and an observer over it, 3 quiet, and nothing differs,
/// 4 suspense is settled by the bill, 5 the last cents are spent, 6 everything agrees and nobody spent more than was funded.
/// </summary>
internal sealed class TortureRun : IDisposable
{
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(360);
    private static readonly TimeSpan LoadLimit = TimeSpan.FromSeconds(360);

    private readonly RunningPlatform _platform;
    private readonly TortureSettings _settings;
    private readonly ITestOutputHelper _output;
    private readonly GrpcChannel _walletChannel;
    private readonly GrpcChannel _meteringChannel;

    public TortureRun(RunningPlatform platform, TortureSettings settings, ITestOutputHelper output)
    {
        _platform = platform;
        _settings = settings;
        _output = output;
        _walletChannel = platform.GrpcOf(ResourceNames.Wallet);
        _meteringChannel = platform.GrpcOf(ResourceNames.Metering);
        Wallet = new WalletClient(_walletChannel);
        Usage = new Usage.UsageClient(_meteringChannel);
    }

    /// <summary>As gateways have it: nobody else may tell of what they told.</summary>
    public static Metadata GatewayToken => new() { { "authorization", $"Bearer {RunningPlatform.ServiceToken}" } };

    public static Metadata Token => new() { { "authorization", $"Bearer {RunningPlatform.OwnerToken}" } };

    public WalletClient Wallet { get; }

    public Usage.UsageClient Usage { get; }

    /// <param name="troubles">What happens to the platform meanwhile; each ends soon after its token is cancelled, and leaves the platform to recover.</param>
    /// <param name="outages">What has to happen under load, which goes on until it is over, also beyond its time; null: nothing.</param>
    /// <param name="mostEmptied">How many of the wallets that ran empty are emptied to the last cent.</param>
    public async Task RunAsync(
        IReadOnlyList<Func<CancellationToken, Task>> troubles, Func<TortureLoad, Task>? outages, int mostEmptied, CancellationToken cancellationToken)
    {
        _output.WriteLine($"seed {_settings.Seed}: {TortureSettings.SeedVariable}={_settings.Seed} {TortureSettings.SecondsVariable}={_settings.Seconds} repeats it");
        var teams = await FundedTeam.MakeAsync(_platform, _settings, cancellationToken);
        await FundedTeam.KnownAsync(_platform.Gateway, teams[^1], cancellationToken);

        using var load = new TortureLoad(_platform.Gateway.BaseAddress!, teams, _settings);
        var observer = new CeilingObserver(await _platform.ConnectionStringAsync(ResourceNames.WalletDatabase), Wallet, Token);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = observer.RunAsync(watching.Token);
        await LoadAsync(load, troubles, outages, cancellationToken);

        var desk = new SuspenseDesk(_platform);
        await _platform.WaitUntilHealthyAsync(cancellationToken).WaitAsync(RecoveryLimit, cancellationToken);
        var suspended = await desk.QuietAsync(cancellationToken);
        foreach (var reason in suspended.GroupBy(hold => hold.Value))
        {
            _output.WriteLine($"in suspense: {reason.Count()} because: {reason.Key}");
        }

        await desk.SettleAsync([.. suspended.Keys], cancellationToken);
        var cents = new LastCents(load, Wallet, Token, _settings);
        var emptied = load.Emptied;
        await cents.SpendAsync([.. emptied.Take(mostEmptied)], cancellationToken);
        _output.WriteLine($"{emptied.Count} of {teams.Count} wallets ran empty, {Math.Min(mostEmptied, emptied.Count)} of them were spent to the last cent");

        await Reconciliation.AssertEqualAsync(_platform, cancellationToken);
        await SetAsideMoney.AssertReturnsAsync(Wallet, Token, cancellationToken);
        Assert.Empty(JsonNode.Parse(await _platform.Api.GetStringAsync("v1/messages/dead", cancellationToken))!["messages"]!.AsArray());
        await watching.CancelAsync();
        await watch;
        _output.WriteLine($"{observer.Looks.InDatabase} looks in the database, {observer.Looks.ThroughService} through the service, {observer.Looks.Verified} verified");
        Assert.Empty(observer.Violations);
        Assert.Empty(cents.Violations);
        Assert.Empty(load.Unexpected);
        Assert.True(observer.Looks is { InDatabase: > 50, ThroughService: > 20, Verified: > 1 }, $"Too few looks to prove anything: {observer.Looks}.");
        await AssertBilledWithinFundsAsync(teams, cancellationToken);
    }

    public void Dispose()
    {
        _walletChannel.Dispose();
        _meteringChannel.Dispose();
    }

    private async Task LoadAsync(
        TortureLoad load, IReadOnlyList<Func<CancellationToken, Task>> troubles, Func<TortureLoad, Task>? outages, CancellationToken cancellationToken)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = Task.WhenAll(troubles.Select(trouble => trouble(time.Token)).Append(load.RunAsync(time.Token)));
        try
        {
            await Task.WhenAll(Task.Delay(TimeSpan.FromSeconds(_settings.Seconds), cancellationToken), ProvesAsync(load), outages?.Invoke(load) ?? Task.CompletedTask);
        }
        finally
        {
            await time.CancelAsync();
            await running;
        }

        _output.WriteLine(string.Join(", ", Enum.GetValues<CallEnd>().Select(end => $"{end} {load.Count(end)}")));
    }

    /// <summary>The load goes on until it proves something: on a slow machine, or where gateways alone are killed, fewer calls get through.</summary>
    private static Task ProvesAsync(TortureLoad load) => Eventually.TrueAsync(
        () => Task.FromResult(load.Count(CallEnd.Answered) > 200 && load.Count(CallEnd.Empty) > 0), LoadLimit,
        () => $"calls to be answered, and a wallet to run empty; {string.Join(", ", Enum.GetValues<CallEnd>().Select(end => $"{end} {load.Count(end)}"))}");

    /// <summary>The provider's bill by team, which the platform does not write, against what each team was given.</summary>
    private async Task AssertBilledWithinFundsAsync(IReadOnlyList<FundedTeam> teams, CancellationToken cancellationToken)
    {
        var result = await _platform.Kt.RunAsync(cancellationToken, "reconcile", "--output", "json");
        var billed = JsonNode.Parse(result.Output)!["by_team"]!.AsArray()
            .ToDictionary(team => (string)team!["team"]!, team => decimal.Parse((string)team!["bill"]!["cost"]!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.NotEmpty(billed);
        var funded = teams.ToDictionary(team => team.TeamId, team => new Platform.Contracts.Money(team.FundedNanos).ToDecimal());
        Assert.All(billed, team => Assert.True(team.Value <= funded.GetValueOrDefault(team.Key), $"{team.Key} was billed {team.Value}"));
        _output.WriteLine($"billed {billed.Values.Sum()} of {funded.Values.Sum()} that {funded.Count} teams were funded");
    }
}
