using CsCheck;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>
/// Random operations on the organisation's wallet and two teams' of the real store, compared with plain arithmetic: after each operation when they come one after
/// another; when some come at once, with what some order of them would leave. A failure prints its seed and shrinks.
/// </summary>
public sealed class LedgerModelTests(LedgerFixture ledger, ITestOutputHelper output) : IClassFixture<LedgerFixture>
{
    private static readonly Gen<(int Kind, int Slot, int Team, long Amount)> Operation =
        Gen.Select(Gen.Int[0, 10], Gen.Int[0, 3], Gen.Int[0, 1], Gen.Long[1, 120]);

    private static readonly Gen<ModelPolicy> Policy = Gen.Select(Gen.Bool, Gen.Bool, (observe, overflow) => new ModelPolicy(observe, overflow));

    [Fact]
    public void Balances_follow_the_model_through_random_operations() => Gen.Select(Policy, Policy, Operation.Array[1, 30]).Sample(
        (first, second, operations) =>
        {
            var (wallets, model) = (new Wallets(ledger, first, second), new LedgerModel(first, second));
            foreach (var operation in operations)
            {
                wallets.Apply(operation, model);
                Apply(model, operation);
                Assert.Equal(model.ToString(), wallets.ToString());
            }

            ledger.VerifyAsync().GetAwaiter().GetResult();
        },
        writeLine: output.WriteLine, iter: 60, threads: 1,
        print: run => $"{run.Item1} {run.Item2} {string.Join(", ", run.Item3.Select(operation => operation.ToString()))}");

    [Fact]
    public async Task Balances_after_operations_at_once_are_those_of_some_order_of_them()
    {
        // Time is everybody's, and a refund depends on what the model knows before it: neither is done at once with others.
        var operation = Operation.Where(operation => operation.Kind < 9).Operation<Wallets, LedgerModel>(
            operation => operation.ToString(), (wallets, operation) => wallets.Apply(operation, null), Apply);
        var initial = Gen.Select(Policy, Policy, (first, second) => (new Wallets(ledger, first, second), new LedgerModel(first, second)));
        initial.SampleParallel(
            operation, (wallets, model) => wallets.ToString() == model.ToString(), maxSequentialOperations: 6, maxParallelOperations: 5, iter: 60, threads: 4,
            replay: 1, printActual: wallets => wallets.ToString(), printModel: model => model.ToString(), writeLine: output.WriteLine);
        await ledger.VerifyAsync();
    }

    private static void Apply(LedgerModel model, (int Kind, int Slot, int Team, long Amount) operation)
    {
        var (kind, slot, team, amount) = operation;
        switch (kind)
        {
            case 0:
                model.Fund(team, amount);
                break;
            case 1 or 2:
                model.Hold(slot, team, amount);
                break;
            case 3:
                model.MarkSent(slot);
                break;
            case 4:
                model.Report(slot, amount);
                break;
            case 5:
                model.Release(slot);
                break;
            case 6:
                model.Suspend(slot);
                break;
            case 7 or 8:
                model.PostLeased(slot, team, amount);
                break;
            case 9:
                (model.CanRefund(team, amount) && amount % 2 == 0 ? (Action<int, long>)model.Refund : model.Debit)(team, amount);
                break;
            default:
                model.Pass(amount * 10);
                break;
        }
    }

    /// <summary>The real ones, made when they are first used. The organisation is shared by all runs: its balances count from where they began.</summary>
    private sealed class Wallets(LedgerFixture ledger, params ModelPolicy[] policies)
    {
        private readonly Guid[] _attempts = Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7()).ToArray();
        private readonly Lock _making = new();
        private string[]? _teams;
        private WalletView _before = new();

        public void Apply((int Kind, int Slot, int Team, long Amount) operation, LedgerModel? model)
        {
            lock (_making)
            {
                _teams ??= MakeAsync().GetAwaiter().GetResult();
            }

            ApplyAsync(operation, model).GetAwaiter().GetResult();
        }

        public override string ToString()
        {
            if (_teams is null)
            {
                Apply((3, 0, 0, 1), null);
            }

            var wallets = ledger.Get<ReadWallets>().ListAsync(new ListWalletsRequest(), CancellationToken.None).GetAwaiter().GetResult().Wallets;
            var organisation = wallets[0];
            return string.Join(" | ", _teams!.Select(team => Line(wallets.Single(wallet => wallet.TeamId == team), new WalletView()))
                .Append(Line(organisation, _before)));
        }

        private static string Line(WalletView wallet, WalletView before) =>
            $"{wallet.AvailableNanos}/{wallet.HeldNanos - before.HeldNanos}/{wallet.SuspenseNanos - before.SuspenseNanos}"
            + $"/{wallet.SpentNanos - before.SpentNanos} over {wallet.OverageNanos - before.OverageNanos}";

        private async Task<string[]> MakeAsync()
        {
            // What runs before this one left to time must not end within it.
            ledger.Time.Advance(TimeSpan.FromMinutes(20));
            await ledger.Get<ExpirySweep>().SweepAsync(CancellationToken.None);
            await ledger.CreditAsync((await OrganisationAsync()).OverageNanos + LedgerModel.Opening);
            var teams = new List<string>();
            foreach (var policy in policies)
            {
                teams.Add(await ledger.TeamWithAsync(LedgerModel.Opening));
                await ledger.ExecuteAsync(
                    "UPDATE wallet SET observe = $2, overflow_to_parent = $3 WHERE team_id = $1", teams[^1], policy.Observe, policy.Overflow);
            }

            // All of the organisation's money but its opening goes to a team that nobody looks at.
            var surplus = (await OrganisationAsync()).AvailableNanos - LedgerModel.Opening;
            if (surplus > 0)
            {
                await ledger.AllocateAsync(await ledger.TeamWithAsync(0), surplus);
            }

            _before = await OrganisationAsync();
            return [.. teams];
        }

        private async Task<WalletView> OrganisationAsync() => (await ledger.Get<ReadWallets>().ListAsync(new ListWalletsRequest(), CancellationToken.None)).Wallets[0];

        private async Task ApplyAsync((int Kind, int Slot, int Team, long Amount) operation, LedgerModel? model)
        {
            var (kind, slot, team, amount) = (operation.Kind, _attempts[operation.Slot], _teams![operation.Team], operation.Amount);
            switch (kind)
            {
                case 0:
                    await ledger.FundAsync(team, amount);
                    break;
                case 1 or 2:
                    await ledger.HoldAsync(team, slot, amount);
                    break;
                case 3:
                    await HoldTests.TryAsync(() => ledger.ResolveAsync(slot, new HoldInput.MarkSent(default)));
                    break;
                case 4:
                    await HoldTests.TryAsync(() => ledger.ResolveAsync(slot, new HoldInput.Report(amount)));
                    break;
                case 5:
                    await HoldTests.TryAsync(() => ledger.ResolveAsync(slot, new HoldInput.Release("random")));
                    break;
                case 6:
                    await HoldTests.TryAsync(() => ledger.ResolveAsync(slot, new HoldInput.Suspend("random")));
                    break;
                case 7 or 8:
                    await ledger.PostAsync(ledger.Item(team, slot, amount));
                    break;
                case 9:
                    var refund = model!.CanRefund(operation.Team, amount) && amount % 2 == 0;
                    await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), refund ? -amount : amount, FundingClass.External));
                    break;
                default:
                    ledger.Time.Advance(TimeSpan.FromSeconds(amount * 10));
                    await ledger.Get<ExpirySweep>().SweepAsync(CancellationToken.None);
                    break;
            }
        }
    }
}
