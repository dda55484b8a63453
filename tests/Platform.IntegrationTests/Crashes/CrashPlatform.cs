using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Platform.AppHost;
using Platform.IntegrationTests.Torture;
using Platform.Testing;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests.Crashes;

/// <summary>
/// One platform for all steps: each service that has steps looks in a file of its own for the one to die at, so that a case costs one start of one process, the
/// one after the crash.
/// </summary>
public sealed class CrashPlatform : IAsyncLifetime
{
    /// <summary>Enough for leases.</summary>
    public const long RichNanos = 1_000_000_000;

    /// <summary>So little that Wallet leases nothing, and each call is held on its own.</summary>
    private const long PoorNanos = 1_000_000;

    private static readonly TimeSpan ReachLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _orders = Directory.CreateTempSubdirectory("keeptrusts-steps-");
    private RunningPlatform? _platform;

    public RunningPlatform Platform => _platform ?? throw new InvalidOperationException("The platform has not started.");

    internal FundedTeam Rich { get; private set; } = null!;

    internal FundedTeam Poor { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _platform = await RunningPlatform.StartAsync(CancellationToken.None, configure: TakeOrders);
        Rich = await FundedTeam.MakeAsync(_platform, "team_rich", RichNanos, CancellationToken.None);
        Poor = await FundedTeam.MakeAsync(_platform, "team_poor", PoorNanos, CancellationToken.None);
        await FundedTeam.KnownAsync(_platform.Gateway, Poor, CancellationToken.None);
        await ScheduledLane.OpenAsync(_platform, CancellationToken.None);
    }

    /// <summary>Every case has checked its own attempts; at the end everything agrees, exported bytes included, and no lease of a dead process has kept its money.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await using (_platform)
            {
                // What the last case's gateway could tell Wallet of only after that case had looked.
                var desk = new SuspenseDesk(_platform);
                await desk.SettleAsync([.. (await desk.QuietAsync(CancellationToken.None)).Keys], CancellationToken.None);
                await Reconciliation.AssertEqualAsync(_platform, CancellationToken.None);
                using var channel = _platform.GrpcOf(ResourceNames.Wallet);
                await SetAsideMoney.AssertReturnsAsync(new WalletClient(channel), TortureRun.Token, CancellationToken.None);
            }
        }

        _orders.Delete(recursive: true);
    }

    /// <summary>Has the service that the step belongs to die there, while <paramref name="drive"/> is repeated until it does; then starts it again.</summary>
    public async Task CrashAtAsync(string step, Func<Task> drive, CancellationToken cancellationToken)
    {
        var resource = step[..step.IndexOf('.', StringComparison.Ordinal)];
        var order = OrderOf(resource);
        var reached = order + ".reached";
        File.Delete(reached);
        await File.WriteAllTextAsync(order + ".new", step, cancellationToken);
        File.Move(order + ".new", order);
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    await (File.Exists(reached) ? Task.CompletedTask : drive());
                    return File.Exists(reached);
                },
                ReachLimit,
                $"{resource} to reach {step}");
        }
        finally
        {
            File.Delete(order);
        }

        await StartAgainAsync(resource, cancellationToken);
    }

    /// <summary>Starts a service again at once, without the pause that the engine makes after a crash.</summary>
    public async Task StartAgainAsync(string resource, CancellationToken cancellationToken)
    {
        var result = await Platform.App.ResourceCommands.ExecuteCommandAsync(resource, KnownResourceCommands.RestartCommand, cancellationToken);
        Assert.True(result.Success, result.ErrorMessage);
        await Platform.WaitUntilHealthyAsync(cancellationToken).WaitAsync(StartLimit, cancellationToken);
    }

    private void TakeOrders(IDistributedApplicationTestingBuilder builder)
    {
        foreach (var resource in builder.Resources.OfType<ProjectResource>().Where(resource => resource.Name is ResourceNames.Wallet or ResourceNames.Metering or ResourceNames.Routing))
        {
            // Short lives, so that leases are reported, given back and closed while a case looks on.
            builder.CreateResourceBuilder(resource)
                .WithEnvironment("KT_CRASH_POINT", "@" + OrderOf(resource.Name))
                .WithEnvironment("Leases__TtlSeconds", "5")
                .WithEnvironment("Leases__IdleSeconds", "1");
        }
    }

    private string OrderOf(string resource) => Path.Combine(_orders.FullName, resource);
}
