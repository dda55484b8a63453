using Platform.AppHost;
using Platform.Testing;

namespace Platform.IntegrationTests.Torture;

/// <summary>
/// The ceiling under everything at once: 200 clients, three replicas of each service on the money path, many small wallets, clients that repeat and leave, a
/// provider that fails, messages and usage told twice, and <c>kill -9</c> of a random process every few seconds.
/// </summary>
public sealed class TortureTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Killing_random_replicas_under_load_never_crosses_a_ceiling_and_loses_no_cent()
    {
        var cancel = TestContext.Current.CancellationToken;
        var settings = TortureSettings.FromEnvironment(shortSeconds: 18, clients: 200, shortWallets: 100, longWallets: 300);
        await using var platform = await RunningPlatform.StartAsync(
            cancel,
            settings:
            [
                $"--Parameters:{ResourceNames.WalletReplicas}=3", $"--Parameters:{ResourceNames.MeteringReplicas}=3", $"--Parameters:{ResourceNames.RoutingReplicas}=3",
            ]);
        using var run = new TortureRun(platform, settings, output);
        var killer = new ProcessKiller(platform, settings.RandomOf("killer"));
        var repeater = new Repeater(platform, run.Usage, settings.RandomOf("repeater"));
        var provider = new FickleProvider(platform.Simulator, settings.RandomOf("provider"));

        await run.RunAsync([killer.RunAsync, repeater.RunAsync, provider.RunAsync], ProvesAsync, mostEmptied: TortureSettings.IsLong ? 100 : 25, cancel);

        output.WriteLine($"killed {string.Join(", ", killer.Kills)}; {repeater.Redelivered} messages delivered and {repeater.RecordedAgain} records told again");
        Assert.Empty(repeater.Violations);

        // As long as it takes: on a slow machine less is killed, and told twice, in the same time.
        Task ProvesAsync(TortureLoad load)
        {
            killer.Answered = () => load.Count(CallEnd.Answered);
            return Eventually.TrueAsync(
                () => Task.FromResult(killer.Kills.Count >= settings.Seconds / 6 && repeater is { Redelivered: > 0, RecordedAgain: > 0 }),
                TimeSpan.FromSeconds(settings.Seconds + 360), "processes to be killed, and messages and records to be told twice");
        }
    }
}
