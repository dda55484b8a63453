using Platform.Contracts.Wallet.V1;
using Platform.IntegrationTests.Torture;
using static Platform.Routing.CrashPoints;
using static Platform.Wallet.CrashPoints;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests.Crashes;

/// <summary>A process dies at each of its named steps; when it is back, every attempt has exactly one end and every balance is what its entries say.</summary>
public sealed class CrashStepTests(CrashPlatform crash) : IClassFixture<CrashPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Steps => [.. CrashSteps.All];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Crash_at_a_step_loses_and_doubles_nothing(string step)
    {
        var began = TimeProvider.System.GetUtcNow();
        using var traffic = new CrashTraffic(crash, Cancel);

        await crash.CrashAtAsync(step, () => DriveAsync(step, traffic), Cancel);

        await new AttemptEnds(crash.Platform, began).SettleAsync(Cancel);
        using var channel = crash.Platform.GrpcOf(AppHost.ResourceNames.Wallet);
        var verified = await new WalletClient(channel).VerifyAsync(new VerifyRequest(), TortureRun.Token, cancellationToken: Cancel);
        Assert.Empty(verified.Findings);
    }

    /// <summary>What is done until the step is reached. A step without a line here fails its case.</summary>
    private static Task DriveAsync(string step, CrashTraffic traffic) => step switch
    {
        HoldAfterLock or HoldBeforeCommit or HoldAfterCommit => traffic.HoldAsync(),
        LeaseAcquireBeforeCommit or LeaseAcquireAfterCommit or LeaseAfterGrant or LeaseAfterJournal => traffic.NewLeaseAsync(),
        LeaseReportBeforeCommit or LeaseReportAfterCommit or LeaseBeforeReport or LeaseAfterReport => traffic.KeepAsync(),
        LeaseCloseBeforeCommit or LeaseCloseAfterCommit or LeaseBeforeClose or LeaseAfterClose => traffic.IdleAsync(),
        LeaseSuspendBeforeCommit or LeaseSuspendAfterCommit or SuspendAfterAnswer => traffic.UnknownAsync(),
        LeaseSweepBeforeCommit or LeaseSweepAfterCommit => traffic.ExpireLeasesAsync(),
        SuspenseReleaseBeforeCommit or SuspenseReleaseAfterCommit => traffic.ReleaseAsync(),
        PostBeforeCommit or PostAfterCommit or UsageAfterRecord => traffic.CallAsync(),
        AttemptAfterDraw or AttemptAfterSending or AttemptBeforeEnd or AttemptAfterEnd => traffic.CallAsync(),
        AttemptAfterIntent or AttemptAfterHold => traffic.HoldAsync(),
        RecoveryAfterEnds => traffic.RecoverAsync(),
        _ => throw new InvalidOperationException($"{step} has no case: say here what reaches it."),
    };
}
