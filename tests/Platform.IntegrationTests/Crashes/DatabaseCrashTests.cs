using System.Diagnostics;
using Npgsql;
using Platform.AppHost;
using Platform.Contracts.Wallet.V1;
using Platform.IntegrationTests.Torture;
using Platform.NativeHost;
using Platform.Testing;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests.Crashes;

/// <summary>All processes of the database are killed under load, with whatever they had not written to the log's files: nobody is answered before it is.</summary>
public sealed class DatabaseCrashTests
{
    private const int PairsBetween = 1_500;
    private const long FundedNanos = 1_000_000_000;

    private static int Crashes => TortureSettings.IsLong ? 3 : 1;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_is_killed_under_load_has_all_that_was_answered()
    {
        await using var platform = await RunningPlatform.StartAsync(
            Cancel, settings: $"--Parameters:{ResourceNames.ServiceToken}={HoldCallers.ServiceToken}");
        await using var database = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(await platform.ConnectionStringAsync(ResourceNames.WalletDatabase)) { Pooling = false });
        using var channel = platform.GrpcOf(ResourceNames.Wallet);
        var client = new WalletClient(channel);
        var team = await FundedTeam.MakeAsync(platform, "team_hot", FundedNanos, Cancel);
        var callers = new HoldCallers(client, team.TeamId);

        for (var crash = 0; crash < Crashes; crash++)
        {
            var before = callers.Answered;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var calls = callers.CallAsync(stop.Token, Cancel);
            await Eventually.TrueAsync(
                () => Task.FromResult(calls.IsCompleted || callers.Answered >= before + PairsBetween), TimeSpan.FromSeconds(60), "callers to be answered");
            Assert.True(!calls.IsCompleted && callers.Answered >= before + PairsBetween, "The callers ended before the crash, so it proves nothing.");
            await CrashAsync(platform);
            await stop.CancelAsync();
            await calls.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            Assert.True(callers.Unanswered > 0, "Every call was answered, so the crash proves nothing.");

            // Before anything is asked again: what a repeat finds would hide what was lost.
            Assert.Empty(await callers.FindLostAsync(database, Cancel));
            await callers.AskAgainAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        }

        var balance = (await client.GetBalanceAsync(new GetBalanceRequest { TeamId = team.TeamId }, TortureRun.Token, cancellationToken: Cancel)).Effective;
        Assert.Equal(callers.Answered * HoldCallers.CostNanos, balance.HeldNanos);
        Assert.Equal(FundedNanos - balance.HeldNanos, balance.AvailableNanos);
        Assert.Empty((await client.VerifyAsync(new VerifyRequest(), TortureRun.Token, cancellationToken: Cancel)).Findings);
    }

    /// <summary>kill -9 of the server and all its backends, then waits until the engine has started it again.</summary>
    private static async Task CrashAsync(RunningPlatform platform)
    {
        var before = NativeProcesses.Of(platform.App, ResourceNames.Postgres);
        foreach (var pid in before)
        {
            Process.GetProcessById(pid).Kill(entireProcessTree: true);
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(NativeProcesses.Of(platform.App, ResourceNames.Postgres) is { Count: > 0 } now && !now.Intersect(before).Any()),
            TimeSpan.FromSeconds(30),
            "the database to be started again");
        await platform.App.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Postgres, Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
    }
}
