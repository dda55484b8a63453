using System.Net.Sockets;
using Grpc.Net.Client;
using Platform.AppHost;
using Platform.Contracts.Wallet.V1;
using Platform.IntegrationTests.Torture;
using Platform.Testing;

namespace Platform.IntegrationTests.Leases;

/// <summary>
/// A gateway dies at every step between money and usage, one after another on one journal, and comes back. In the end nothing is lost, nothing counts twice, what
/// nobody knows is in suspense, and the leases have given back all that was not spent.
/// </summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class GatewayCrashTests(SharedPlatform shared, ITestOutputHelper output) : IDisposable
{
    private const int Killed = 137;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Where it dies, and what is done to bring it there. Some die at the start already, by what the one before left.</summary>
    private static readonly (string Step, Act Act)[] Crashes =
    [
        ("routing.lease.after_grant", Act.Call),
        ("routing.lease.after_journal", Act.Call),
        ("routing.attempt.after_draw", Act.Call),
        ("routing.attempt.after_sending", Act.Call),
        ("routing.recovery.after_ends", Act.Start),
        ("routing.suspend.after_answer", Act.Start),
        ("routing.lease.before_close", Act.Start),
        ("routing.attempt.before_end", Act.Call),
        ("routing.attempt.after_end", Act.Call),
        ("routing.usage.after_record", Act.Call),
        ("routing.lease.before_report", Act.Stream),
        ("routing.lease.after_report", Act.Stream),
        ("routing.lease.after_close:2", Act.Call),
        ("routing.attempt.after_intent", Act.CallOfThePoor),
        ("routing.attempt.after_hold", Act.CallOfThePoor),
        ("", Act.KillInStream),
    ];

    private readonly string _journal = Directory.CreateTempSubdirectory("kt-gateway-").FullName;

    private enum Act
    {
        Start,
        Call,
        CallOfThePoor,
        Stream,
        KillInStream,
    }

    /// <summary>The named steps at which it dies here.</summary>
    public static IEnumerable<string> Steps => Crashes.Select(crash => crash.Step.Split(':')[0]).Where(step => step.Length > 0);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gateway_that_dies_at_any_step_loses_and_doubles_nothing_and_its_leases_come_back()
    {
        var rich = await FundedTeam.MakeAsync(shared.Platform, "team_crash", 2_000_000_000, Cancel);
        var poor = await FundedTeam.MakeAsync(shared.Platform, "team_crash_poor", 1_000_000, Cancel);
        await SlowProvider.BeginAsync(shared.Platform, Cancel);
        foreach (var (index, (step, act)) in Crashes.Index())
        {
            // Every other one holds no usage that waits, and reads all of it from its journal.
            await CrashAsync(step, act, act == Act.CallOfThePoor ? poor : rich, heldUsage: index % 2 == 0 ? "0" : "20000");
        }

        await SlowProvider.EndAsync(shared.Platform, Cancel);
        await using var gateway = GatewayProcess.Start(shared.Platform, _journal, crashAt: null);
        Assert.True(await gateway.IsHealthyAsync(Cancel));
        Assert.True((await CallAsync(gateway, rich, stream: false)).IsSuccessStatusCode);

        var desk = new SuspenseDesk(shared.Platform);
        var suspended = await desk.QuietAsync(Cancel);
        output.WriteLine(string.Join('\n', suspended.Select(hold => $"{hold.Key} {hold.Value}")));
        Assert.NotEmpty(suspended);
        await desk.SettleAsync([.. suspended.Keys], Cancel);
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);

        // Planned stop: all that was drawn is posted, all else went back, so nothing of this holder's leases is left.
        Assert.Equal(0, await gateway.StopAsync(Cancel));
        var holder = (await File.ReadAllTextAsync(Path.Combine(_journal, "01", "replica"), Cancel)).Trim();
        using var channel = shared.Platform.GrpcOf(ResourceNames.Wallet);
        await Eventually.TrueAsync(async () => (await LeasesAsync(channel, holder)).Count == 0, Limit, "every lease of the gateway to be ended");
        foreach (var team in new[] { rich, poor })
        {
            var view = await BalanceAsync(channel, team);
            Assert.Equal((0, 0), (view.HeldNanos, view.SuspenseNanos));
        }

        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
    }

    public void Dispose() => Directory.Delete(_journal, recursive: true);

    private async Task CrashAsync(string step, Act act, FundedTeam team, string heldUsage)
    {
        await using var gateway = GatewayProcess.Start(shared.Platform, _journal, step, ("Journal__HeldUsage", heldUsage));
        if (act != Act.Start && await gateway.IsHealthyAsync(Cancel))
        {
            // A story may be too short for a report to fall into it.
            for (var call = 1; call <= 20 && !gateway.HasExited; call++)
            {
                await ActAsync(gateway, act, team);
            }
        }

        var exit = await gateway.ExitAsync(Cancel);
        Assert.True(exit == Killed, $"{step}: exit code {exit}\n{await gateway.LogAsync()}");
        output.WriteLine($"died at {step}");
    }

    private static async Task ActAsync(GatewayProcess gateway, Act act, FundedTeam team)
    {
        try
        {
            using var response = await CallAsync(gateway, team, stream: act is Act.Stream or Act.KillInStream);
            await using var body = await response.Content.ReadAsStreamAsync(Cancel);
            Assert.True(await body.ReadAsync(new byte[64], Cancel) > 0);
            if (act == Act.KillInStream)
            {
                gateway.Kill();
            }

            await body.CopyToAsync(Stream.Null, Cancel);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException)
        {
            // The gateway died in the middle of the call, as it was meant to.
        }
    }

    /// <summary>Its first call may find the new team's key unknown still.</summary>
    private static async Task<HttpResponseMessage> CallAsync(GatewayProcess gateway, FundedTeam team, bool stream)
    {
        await FundedTeam.KnownAsync(gateway.Client, team, Cancel);
        return await gateway.Client.SendAsync(
            new RandomCall(team, "gpt-4o-mini", stream ? 60 : 16, stream, "hello").ToRequest(), HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    private static async Task<IList<Lease>> LeasesAsync(GrpcChannel channel, string holder) => (await new Contracts.Wallet.V1.Leases.LeasesClient(channel)
        .ListLeasesAsync(new ListLeasesRequest { Holder = holder }, TortureRun.Token, cancellationToken: Cancel)).Leases;

    private static async Task<WalletView> BalanceAsync(GrpcChannel channel, FundedTeam team) => (await new Wallet.WalletClient(channel)
        .GetBalanceAsync(new GetBalanceRequest { TeamId = team.TeamId }, TortureRun.Token, cancellationToken: Cancel)).Effective;
}
