using Platform.Contracts.Wallet.V1;
using Platform.IntegrationTests.Torture;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests.Crashes;

/// <summary>A process dies at each of its named steps; when it is back, every attempt has exactly one end and every balance is what its entries say.</summary>
public sealed class CrashStepTests(CrashPlatform crash) : IClassFixture<CrashPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Steps => [.. TortureSettings.IsLong ? CrashSteps.All : CrashSteps.Short];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Crash_at_a_step_loses_and_doubles_nothing(string step)
    {
        var began = TimeProvider.System.GetUtcNow();
        using var traffic = new CrashTraffic(crash, Cancel);

        await crash.CrashAtAsync(step, () => DriverOf(step)(traffic), Cancel);

        await new AttemptEnds(crash.Platform, began).SettleAsync(Cancel);
        using var channel = crash.Platform.GrpcOf(AppHost.ResourceNames.Wallet);
        var verified = await new WalletClient(channel).VerifyAsync(new VerifyRequest(), TortureRun.Token, cancellationToken: Cancel);
        Assert.Empty(verified.Findings);
    }

    [Fact]
    public void Every_step_has_something_that_reaches_it() => Assert.All(CrashSteps.All, step => Assert.NotNull(DriverOf(step)));

    /// <summary>What is done until the step is reached. A step without a line here fails its case.</summary>
    private static Func<CrashTraffic, Task> DriverOf(string step) => step switch
    {
        "wallet.hold.before_decision" or "wallet.hold.before_commit" or "wallet.hold.after_commit" => traffic => traffic.HoldAsync(),
        "wallet.lease_acquire.before_commit" or "wallet.lease_acquire.after_commit" => traffic => traffic.NewLeaseAsync(),
        "wallet.lease_report.before_commit" or "wallet.lease_report.after_commit" => traffic => traffic.KeepAsync(),
        "wallet.lease_close.before_commit" or "wallet.lease_close.after_commit" => traffic => traffic.IdleAsync(),
        "wallet.lease_suspend.before_commit" or "wallet.lease_suspend.after_commit" => traffic => traffic.UnknownAsync(),
        "wallet.lease_sweep.before_commit" or "wallet.lease_sweep.after_commit" => traffic => traffic.ExpireLeasesAsync(),
        "wallet.suspense_release.before_commit" or "wallet.suspense_release.after_commit" => traffic => traffic.ReleaseAsync(),
        "wallet.post.before_commit" or "wallet.post.after_commit" => traffic => traffic.CallAsync(),
        "wallet.funds.before_commit" or "wallet.funds.after_commit" => traffic => traffic.AllocateAsync(),
        "wallet.period.before_commit" or "wallet.period.after_commit" => traffic => traffic.PlanAsync(),
        "wallet.identity.before_commit" or "wallet.identity.after_commit" => traffic => traffic.ChangeIdentityAsync(),
        "metering.intake.after_identities" or "metering.intake.after_records" or "metering.intake.before_commit" or "metering.intake.after_commit" => traffic => traffic.CallAsync(),
        "routing.lease.after_grant" or "routing.lease.after_journal" => traffic => traffic.NewLeaseAsync(),
        "routing.lease.before_report" or "routing.lease.after_report" => traffic => traffic.KeepAsync(),
        "routing.lease.before_close" or "routing.lease.after_close" => traffic => traffic.IdleAsync(),
        "routing.attempt.after_intent" or "routing.attempt.after_hold" => traffic => traffic.HoldAsync(),
        "routing.attempt.after_draw" or "routing.attempt.after_sending" or "routing.attempt.before_end" or "routing.attempt.after_end" => traffic => traffic.CallAsync(),
        "routing.route.after_decide" or "routing.route.before_report" => traffic => traffic.RouteAsync(isPoor: true),
        "routing.route.after_mark_sent" or "routing.route.after_report" => traffic => traffic.RouteAsync(isPoor: false),
        "routing.usage.after_record" => traffic => traffic.CallAsync(),
        "routing.suspend.after_answer" => traffic => traffic.UnknownAsync(),
        "routing.item.after_start" or "routing.item.before_end" => traffic => traffic.WaitingWorkAsync(),
        "routing.recovery.after_ends" => traffic => traffic.RecoverAsync(),
        _ => throw new InvalidOperationException($"{step} has no case: say here what reaches it."),
    };
}
