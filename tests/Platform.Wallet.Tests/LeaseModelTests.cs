using CsCheck;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;
using Platform.Wallet.Suspense;

namespace Platform.Wallet.Tests;

/// <summary>
/// Random calls on leases of one wallet of the real store, honest or not, repeated and in any order, compared after each with plain arithmetic; and the same at
/// once over two replicas, where the ledger must stay consistent. A failure prints its seed and shrinks.
/// </summary>
public sealed class LeaseModelTests(LedgerFixture ledger, ITestOutputHelper output) : IClassFixture<LedgerFixture>
{
    private const int Slots = 3;

    // Most calls make or use leases; time passes, operators decide and recalls come now and then.
    private static readonly Gen<int> Kind = Gen.Frequency((1, Gen.Int[0, 0]), (6, Gen.Int[1, 4]), (6, Gen.Int[5, 7]), (4, Gen.Int[8, 9]), (3, Gen.Int[10, 11]),
        (6, Gen.Int[12, 15]), (1, Gen.Int[16, 19]));

    private static readonly Gen<Call> AnyCall = Gen.Select(Kind, Gen.Int[0, Slots - 1], Gen.Int[0, 3], Gen.Long[-2, 60], Gen.Long[0, 12])
        .Select((kind, slot, attempt, large, small) => new Call(kind, slot, attempt, large, small));

    [Fact(Timeout = 900_000)]
    public void Leases_follow_the_model_through_random_calls() =>
        AnyCall.Array[1, 40].Sample(
            calls => CompareAsync(calls).GetAwaiter().GetResult(), writeLine: output.WriteLine, iter: 80, threads: 1, print: Text);

    [Fact(Timeout = 900_000)]
    public void Random_calls_at_once_over_two_replicas_leave_a_consistent_ledger()
    {
        var replicas = new[] { ledger.NewReplica(), ledger.NewReplica() };
        AnyCall.Array[10, 60].Sample(
            calls => RunAtOnceAsync(calls, replicas).GetAwaiter().GetResult(), writeLine: output.WriteLine, iter: 25, threads: 1, print: Text);
    }

    private async Task CompareAsync(Call[] calls)
    {
        var model = new LeaseModel();
        var wallet = new Subject(ledger, await CappedTeamAsync());
        model.Allocate(300);
        foreach (var call in calls)
        {
            var totals = model.Totals(call.Slot);
            var expected = Expect(model, call, totals);
            Assert.Equal(expected, await wallet.DoAsync(call, totals, null));
            Assert.Equal(model.ToString(), (await ledger.WalletAsync(wallet.Team)).Line());
            for (var slot = 0; slot < Slots; slot++)
            {
                Assert.Equal(model.Line(slot), await wallet.LineAsync(slot));
            }
        }

        await ledger.VerifyAsync();
    }

    private async Task RunAtOnceAsync(Call[] calls, IServiceProvider[] replicas)
    {
        var wallet = new Subject(ledger, await CappedTeamAsync());
        await Task.WhenAll(calls.Select((call, index) => Task.Run(
            () => wallet.DoAsync(call, (call.Large, 0, call.Small, 0), replicas[index % replicas.Length]))));
        await ledger.VerifyAsync();
    }

    /// <summary>Under a cap that is never reached, so that Verify derives what it counts.</summary>
    private async Task<string> CappedTeamAsync()
    {
        var team = await ledger.TeamWithAsync(300);
        await CapTests.SetAsync(ledger, CapScope.Team, team, 1_000_000_000, CapPeriod.Year);
        return team;
    }

    // What holders tell lies around the truth, so that about half of it makes sense.
    private static string? Expect(LeaseModel model, Call call, (long Granted, long Returned, long Drawn, long Open) totals)
    {
        switch (call.Kind)
        {
            case 0:
                model.Allocate(call.Small + 1);
                return null;
            case <= 4:
                return model.Acquire(call.Slot, Math.Max(1, call.Large), 1, call.Known(totals), totals.Drawn + call.Told(totals), totals.Open);
            case <= 7:
                return model.Report(call.Slot, totals.Returned + call.Large % 5, totals.Drawn + call.Small - 1, call.Attempt * 2, call.Kind == 7);
            case <= 9:
                return model.Suspend(call.Slot, call.Attempt, call.Small + 1);
            case <= 11:
                return model.Close(call.Slot, totals.Drawn + call.Large - 1, call.Kind == 11 && call.Small < 6);
            case <= 15:
                model.Post(call.Posted, call.Slot, call.Small, 10);
                return null;
            case 16:
                model.Pass(call.Large < 50 ? Math.Max(0, call.Large) : 86_400);
                return null;
            case 17:
                return model.ReleaseLease(call.Slot);
            case 18:
                return model.ReleaseAttempt(call.Attempt);
            default:
                model.Recall();
                return null;
        }
    }

    private static string Text(Call[] calls) =>
        string.Join(", ", calls.Select(call => $"({call.Kind}, {call.Slot}, {call.Attempt}, {call.Large}, {call.Small})"));

    internal sealed record Call(int Kind, int Slot, int Attempt, long Large, long Small)
    {
        /// <summary>The attempt of a usage record: one that may have left its lease, or another.</summary>
        public int Posted => Attempt + (4 * (Kind - 12));

        /// <summary>What was drawn since the holder last told; of a lease that it does not have yet mostly nothing.</summary>
        public long Told((long Granted, long Returned, long Drawn, long Open) totals) => totals.Granted == 0 && Small > 1 ? 0 : Math.Max(-1, Small - 2);

        public long Known((long Granted, long Returned, long Drawn, long Open) totals) => Small == 0 ? totals.Granted + 1 : totals.Granted;
    }

    /// <summary>One wallet, and the calls as they go to the service.</summary>
    private sealed class Subject(LedgerFixture ledger, string team)
    {
        private readonly Guid[] _leases = [.. Enumerable.Range(0, Slots).Select(_ => Guid.CreateVersion7())];
        private readonly Guid[] _attempts = [.. Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7())];

        public string Team => team;

        public async Task<string> LineAsync(int slot) => (await ledger.Get<LeaseStore>().FindAsync(_leases[slot], LedgerFixture.Token))?.Line() ?? "none";

        /// <summary>The outcome of an acquisition, else the reason of a refusal, else null.</summary>
        public async Task<string?> DoAsync(Call call, (long Granted, long Returned, long Drawn, long Open) totals, IServiceProvider? replica)
        {
            var lease = new LeaseClient(ledger, team, $"gateway-{call.Slot % 2}", replica) { Id = _leases[call.Slot] };
            string? outcome = null;
            var refused = await HoldTests.TryAsync(async () => outcome = await RunAsync(call, totals, lease));
            return refused ?? outcome;
        }

        private async Task<string?> RunAsync(Call call, (long Granted, long Returned, long Drawn, long Open) totals, LeaseClient lease)
        {
            switch (call.Kind)
            {
                case 0:
                    await ledger.CreditAsync(call.Small + 1);
                    await ledger.AllocateAsync(team, call.Small + 1);
                    break;
                case <= 4:
                    return (await lease.AcquireAsync(Math.Max(1, call.Large), call.Known(totals), totals.Drawn + call.Told(totals), totals.Open)).Outcome.ToString();
                case <= 7:
                    await lease.ReportAsync(totals.Returned + call.Large % 5, totals.Drawn + call.Small - 1, call.Attempt * 2, call.Kind == 7);
                    break;
                case <= 9:
                    await lease.SuspendAsync(_attempts[call.Attempt], call.Small + 1);
                    break;
                case <= 11:
                    await lease.CloseAsync(totals.Drawn + call.Large - 1, call.Kind == 11 && call.Small < 6);
                    break;
                case <= 15:
                    await ledger.PostAsync(lease.Item(call.Small, bound: 10, _attempts[call.Posted]));
                    break;
                case 16:
                    ledger.Time.Advance(TimeSpan.FromSeconds(call.Large < 50 ? Math.Max(0, call.Large) : 86_400));
                    await ledger.Get<LeaseSweep>().SweepAsync(LedgerFixture.Token);
                    break;
                case 17 or 18:
                    await ledger.Get<ReleaseSuspense>().RunAsync(
                        new ReleaseSuspenseRequest
                        {
                            LeaseId = call.Kind == 17 ? lease.Id.ToString() : "", AttemptId = call.Kind == 18 ? _attempts[call.Attempt].ToString() : "",
                            Description = "random",
                        },
                        "operator", LedgerFixture.Token);
                    break;
                default:
                    string[] wallets = [WalletAccounts.IdOf(team)];
                    await ledger.Get<LedgerDatabase>().InTransactionAsync(
                        async transaction =>
                        {
                            await LedgerStore.LockAsync(transaction, wallets, LedgerFixture.Token);
                            return (await ledger.Get<LeaseRecall>().RequestAsync(transaction, wallets, LeaseRecall.Frozen, LedgerFixture.Token), true);
                        },
                        LedgerFixture.Token);
                    break;
            }

            return null;
        }
    }
}
