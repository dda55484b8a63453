using Grpc.Core;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;

namespace Platform.Wallet.Tests.Funds;

/// <summary>Wallet dies at each named step of moving money for people and for the calendar: each movement has taken effect once when it is back.</summary>
public sealed class FundsCrashTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory(Timeout = 900_000)]
    [InlineData(CrashPoints.FundsBeforeCommit)]
    [InlineData(CrashPoints.FundsAfterCommit)]
    public async Task A_movement_that_was_not_answered_is_asked_again_with_its_key(string crashPoint)
    {
        var broker = await TestRabbit.CreateVirtualHostAsync();
        var team = await ledger.TeamWithAsync(100);
        await ledger.CreditAsync(1_000);
        var request = new AllocateRequest { TeamId = team, AmountNanos = 7, Currency = "USD", IdempotencyKey = team };
        await using (var dying = await WalletProcess.StartAsync(ledger.ConnectionString, broker, crashPoint, LedgerFixture.Token))
        {
            await Assert.ThrowsAsync<RpcException>(
                () => dying.Client.AllocateAsync(request, WalletProcess.Owner, cancellationToken: LedgerFixture.Token).ResponseAsync);
            Assert.True(await dying.DiedAsync(LedgerFixture.Token));
        }

        await using var next = await WalletProcess.StartAsync(ledger.ConnectionString, broker, null, LedgerFixture.Token);
        await next.Client.AllocateAsync(request, WalletProcess.Owner, cancellationToken: LedgerFixture.Token);
        Assert.Equal("107/0/0/0 over 0 of 107", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    // The second is the end of the period that the first began.
    [Theory(Timeout = 900_000)]
    [InlineData($"{CrashPoints.PeriodBeforeCommit}:1")]
    [InlineData($"{CrashPoints.PeriodAfterCommit}:1")]
    [InlineData($"{CrashPoints.PeriodBeforeCommit}:2")]
    [InlineData($"{CrashPoints.PeriodAfterCommit}:2")]
    public async Task What_the_calendar_asked_for_is_done_once(string crashPoint)
    {
        var broker = await TestRabbit.CreateVirtualHostAsync();
        var team = await ledger.TeamWithAsync(100);
        await ledger.CreditAsync(1_000);
        await using (var dying = await WalletProcess.StartAsync(ledger.ConnectionString, broker, crashPoint, LedgerFixture.Token))
        {
            var now = TimeProvider.System.GetUtcNow();
            await dying.Allocations.PlanAllocationAsync(
                new PlanAllocationRequest
                {
                    TeamId = team, AmountNanos = 7, Currency = "USD", EndsAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(now.AddSeconds(5)),
                    AtEnd = PeriodEnd.Return, IdempotencyKey = team,
                },
                WalletProcess.Owner, cancellationToken: LedgerFixture.Token);
            Assert.True(await dying.DiedAsync(LedgerFixture.Token));
        }

        await using var next = await WalletProcess.StartAsync(ledger.ConnectionString, broker, null, LedgerFixture.Token);
        await Eventually.TrueAsync(
            async () => await ledger.ScalarAsync<long>("SELECT count(*) FROM allocation_period WHERE wallet_id = $1 AND state = 3 AND ends_at IS NOT NULL", $"wal_{team}") == 1,
            Limit, "the period to end");
        Assert.Equal("100/0/0/0 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        var kinds = await ledger.ScalarAsync<short[]>(
            "SELECT array_agg(kind ORDER BY transfer_seq) FROM transfer WHERE $1 IN (from_wallet, to_wallet)", $"wal_{team}");
        Assert.Equal([2, 2, 13], kinds);
        await ledger.VerifyAsync();
    }
}
