using CsCheck;
using Platform.Contracts.Events;
using Platform.Wallet.Holds;

namespace Platform.Wallet.Tests;

/// <summary>Random operations on one wallet of the real store, compared after each with plain arithmetic. A failure prints its seed and shrinks.</summary>
public sealed class LedgerModelTests(LedgerFixture ledger, ITestOutputHelper output) : IClassFixture<LedgerFixture>
{
    private static readonly Gen<(int Kind, int Slot, long Amount)> Operation = Gen.Select(Gen.Int[0, 10], Gen.Int[0, 3], Gen.Long[1, 60]);

    [Fact]
    public void Balances_follow_the_model_through_random_operations() =>
        Operation.Array[1, 30].Sample(
            operations => RunAsync(operations).GetAwaiter().GetResult(), writeLine: output.WriteLine, iter: 60, threads: 1,
            print: operations => string.Join(", ", operations.Select(operation => $"({operation.Kind}, {operation.Slot}, {operation.Amount})")));

    private async Task RunAsync((int Kind, int Slot, long Amount)[] operations)
    {
        var team = await ledger.TeamWithAsync(100);
        var model = new LedgerModel();
        model.Allocate(100);
        var attempts = Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var (kind, slot, amount) in operations)
        {
            await ApplyAsync(team, model, kind, slot, attempts[slot], amount);
            Assert.Equal(model.ToString(), (await ledger.WalletAsync(team)).Line());
        }

        await ledger.VerifyAsync();
    }

    private async Task ApplyAsync(string team, LedgerModel model, int kind, int slot, Guid attempt, long amount)
    {
        switch (kind)
        {
            case 0:
                model.Allocate(amount);
                await ledger.CreditAsync(amount);
                await ledger.AllocateAsync(team, amount);
                break;
            case 1 or 2:
                model.Hold(slot, amount);
                await ledger.HoldAsync(team, attempt, amount);
                break;
            case 3:
                model.MarkSent(slot);
                await HoldTests.TryAsync(() => ledger.ResolveAsync(attempt, new HoldInput.MarkSent(default)));
                break;
            case 4:
                model.Report(slot, amount);
                await HoldTests.TryAsync(() => ledger.ResolveAsync(attempt, new HoldInput.Report(amount)));
                break;
            case 5:
                model.Release(slot);
                await HoldTests.TryAsync(() => ledger.ResolveAsync(attempt, new HoldInput.Release("random")));
                break;
            case 6:
                model.Suspend(slot);
                await HoldTests.TryAsync(() => ledger.ResolveAsync(attempt, new HoldInput.Suspend("random")));
                break;
            case 7 or 8:
                model.PostLeased(slot, amount);
                await ledger.PostAsync(ledger.Item(team, attempt, amount));
                break;
            case 9:
                var refund = model.CanRefund(amount) && amount % 2 == 0;
                (refund ? (Action<long>)model.Refund : model.Debit)(amount);
                await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), refund ? -amount : amount, FundingClass.External));
                break;
            default:
                model.Pass(amount * 20);
                ledger.Time.Advance(TimeSpan.FromSeconds(amount * 20));
                await ledger.Get<ExpirySweep>().SweepAsync(CancellationToken.None);
                break;
        }
    }
}
