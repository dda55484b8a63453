using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Platform.AppHost;
using Platform.Testing;

namespace Platform.IntegrationTests.Torture;

/// <summary>Replicas whose clocks differ by ten seconds, a database that restarts and a broker that is away, all under load: nothing is lost and nothing counts twice.</summary>
public sealed class OutageTests(ITestOutputHelper output)
{
    private static readonly string[] Skewed = [ResourceNames.Wallet, ResourceNames.Metering, ResourceNames.Routing];
    private const int AnsweredInAPhase = 100;
    private static readonly string[] SkewsMs = ["5000", "-5000", "0"];

    /// <summary>For a server to be well again, and for a hundred calls to be answered, where nine replicas start again beside.</summary>
    private static readonly TimeSpan Patience = RunningPlatform.StartTimeout;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Skewed_clocks_a_database_restart_and_a_broker_outage_lose_and_double_nothing()
    {
        var settings = TortureSettings.FromEnvironment(shortSeconds: 20, clients: 100, shortWallets: 60, longWallets: 200);
        var brokerOutage = TimeSpan.FromSeconds(TortureSettings.IsLong ? 30 : 8);
        await using var platform = await RunningPlatform.StartAsync(
            Cancel,
            configure: Skew,
            settings:
            [
                $"--Parameters:{ResourceNames.WalletReplicas}=3", $"--Parameters:{ResourceNames.MeteringReplicas}=3", $"--Parameters:{ResourceNames.RoutingReplicas}=3",
                RunningPlatform.OwnBroker,
            ]);
        using var run = new TortureRun(platform, settings, output);
        var provider = new FickleProvider(platform.Simulator, settings.RandomOf("provider"));

        await run.RunAsync([provider.RunAsync], OutagesAsync, mostEmptied: TortureSettings.IsLong ? 60 : 15, Cancel);

        // In the middle of the load the database restarts; then the broker goes away, calls go on without it, and with it when it is back.
        async Task OutagesAsync(TortureLoad load)
        {
            await AnsweredAsync(load, "before the outages");
            await CommandAsync(platform, ResourceNames.Postgres, KnownResourceCommands.RestartCommand);
            await platform.App.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Postgres, Cancel).WaitAsync(Patience, Cancel);
            await AnsweredAsync(load, "after the database's restart");
            await CommandAsync(platform, ResourceNames.Messaging, KnownResourceCommands.StopCommand);
            await Task.WhenAll(Task.Delay(brokerOutage, Cancel), AnsweredAsync(load, "while the broker is away"));
            await CommandAsync(platform, ResourceNames.Messaging, KnownResourceCommands.StartCommand);
            await platform.App.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Messaging, Cancel).WaitAsync(Patience, Cancel);
            await AnsweredAsync(load, "after the broker's return");
        }
    }

    /// <summary>Waits until calls were answered from now on: each phase has some.</summary>
    private static Task AnsweredAsync(TortureLoad load, string when)
    {
        var before = load.Count(CallEnd.Answered);
        return Eventually.TrueAsync(() => Task.FromResult(load.Count(CallEnd.Answered) >= before + AnsweredInAPhase), Patience, $"calls to be answered {when}");
    }

    /// <summary>Every start of a process takes the next clock, so three replicas have three, and one that starts again sees time jump.</summary>
    private static void Skew(IDistributedApplicationTestingBuilder builder)
    {
        foreach (var resource in builder.Resources.OfType<ProjectResource>().Where(resource => Skewed.Contains(resource.Name)))
        {
            var starts = -1;
            builder.CreateResourceBuilder(resource).WithEnvironment(context =>
                context.EnvironmentVariables["KT_CLOCK_SKEW_MS"] = SkewsMs[Interlocked.Increment(ref starts) % SkewsMs.Length]);
        }
    }

    private static async Task CommandAsync(RunningPlatform platform, string resource, string command)
    {
        var result = await platform.App.ResourceCommands.ExecuteCommandAsync(resource, command, Cancel);
        Assert.True(result.Success, result.ErrorMessage);
    }
}
