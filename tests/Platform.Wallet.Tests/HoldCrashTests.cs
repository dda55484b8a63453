using Grpc.Core;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;

namespace Platform.Wallet.Tests;

/// <summary>Wallet dies at each named step of writing holds; what was promised stands, what was not answered can be asked again, and nothing is held twice.</summary>
public sealed class HoldCrashTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    // The first batch is read for; the third follows a hold and its report, and is decided on what they left.
    [Theory(Timeout = 900_000)]
    [InlineData(CrashPoints.HoldBeforeDecision, 1, HoldOutcome.Held)]
    [InlineData(CrashPoints.HoldBeforeCommit, 1, HoldOutcome.Held)]
    [InlineData(CrashPoints.HoldAfterCommit, 1, HoldOutcome.Exists)]
    [InlineData(CrashPoints.HoldBeforeDecision, 3, HoldOutcome.Held)]
    [InlineData(CrashPoints.HoldBeforeCommit, 3, HoldOutcome.Held)]
    [InlineData(CrashPoints.HoldAfterCommit, 3, HoldOutcome.Exists)]
    public async Task A_hold_that_was_not_answered_is_asked_again(string crashPoint, int batch, HoldOutcome expected)
    {
        var token = LedgerFixture.Token;
        var broker = await TestRabbit.CreateVirtualHostAsync();
        var team = await ledger.TeamWithAsync(1_000);
        var (answered, interrupted) = (Request(team), Request(team));
        await using (var dying = await WalletProcess.StartAsync(ledger.ConnectionString, broker, $"{crashPoint}:{batch}", token))
        {
            if (batch == 3)
            {
                Assert.Equal(HoldOutcome.Held, (await dying.Client.CreateHoldAsync(answered, WalletProcess.Gateway, cancellationToken: token)).Outcome);
                await dying.Client.ReportHoldAsync(
                    new ReportHoldRequest { AttemptId = answered.AttemptId, CostNanos = 40 }, WalletProcess.Gateway, cancellationToken: token);
            }

            await Assert.ThrowsAsync<RpcException>(
                () => dying.Client.CreateHoldAsync(interrupted, WalletProcess.Gateway, cancellationToken: token).ResponseAsync);
            Assert.True(await dying.DiedAsync(token));
        }

        await using var next = await WalletProcess.StartAsync(ledger.ConnectionString, broker, null, token);
        Assert.Equal(batch == 3 ? HoldOutcome.Exists : HoldOutcome.Held, (await next.Client.CreateHoldAsync(answered, WalletProcess.Gateway, cancellationToken: token)).Outcome);
        Assert.Equal(expected, (await next.Client.CreateHoldAsync(interrupted, WalletProcess.Gateway, cancellationToken: token)).Outcome);
        Assert.Equal(batch == 3 ? "860/140/0/0 over 0 of 1000" : "800/200/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    private static CreateHoldRequest Request(string team) =>
        new() { AttemptId = Guid.CreateVersion7().ToString(), TeamId = team, BoundNanos = 100, Currency = "USD", Sent = true };
}
