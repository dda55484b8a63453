using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>
/// Random movements in a tree of wallets with periods, spending and time that passes, on the real store, compared after each with coins on heaps. A failure prints its
/// seed and shrinks.
/// </summary>
public sealed class FundsModelTests(LedgerFixture ledger, ITestOutputHelper output) : IClassFixture<LedgerFixture>
{
    private static readonly string[] Names = ["o", "a", "b", "a.u", "b.v"];

    private static readonly Gen<(int Kind, int From, int To, long Amount)> Operation = Gen.Select(Gen.Int[0, 19], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Long[1, 40]);

    [Fact]
    public void Balances_and_periods_follow_the_model_through_random_operations() =>
        Operation.Array[1, 30].Sample(
            operations => new Run(ledger).GoAsync(operations).GetAwaiter().GetResult(), writeLine: output.WriteLine, iter: 40, threads: 1,
            print: operations => string.Join(", ", operations.Select(operation => $"({operation.Kind}, {operation.From}, {operation.To}, {operation.Amount})")));

    private sealed class Run(LedgerFixture ledger)
    {
        // Teams a and b with a user each; of the organisation, which all runs share, only what this run did is compared.
        private static readonly string[] Wallets = Names[1..];
        private readonly FundsModel _model = new(("o", ""), ("a", "o"), ("b", "o"), ("a.u", "a"), ("b.v", "b"));
        private readonly List<(string TransferId, string From, string To, long Amount, bool Done)> _made = [];
        private readonly Dictionary<string, Guid> _holds = [];
        private readonly Dictionary<string, WalletOwner> _owners = [];
        private int _ends;

        public async Task GoAsync((int Kind, int From, int To, long Amount)[] operations)
        {
            var (a, b) = (await ledger.TeamWithAsync(0), await ledger.TeamWithAsync(0));
            _owners["a"] = new WalletOwner(a, "", "");
            _owners["b"] = new WalletOwner(b, "", "");
            _owners["a.u"] = new WalletOwner(a, "u", "");
            _owners["b.v"] = new WalletOwner(b, "", $"v_{b}");
            await ledger.UserAsync("u");
            await ledger.ApplicationAsync($"v_{b}", b);
            foreach (var (name, user, application) in new[] { ("a.u", "u", ""), ("b.v", "", $"v_{b}") })
            {
                await ledger.Get<CreateWallet>().RunAsync(
                    new CreateWalletRequest { TeamId = _owners[name].TeamId, UserId = user, ApplicationId = application, IdempotencyKey = Key() }, "test", LedgerFixture.Token);
            }

            await ledger.EmptyOrganisationAsync();
            await CreditAsync(150);
            foreach (var operation in operations)
            {
                await ApplyAsync(operation.Kind, Wallets[operation.From], Wallets[operation.To], operation.Amount);
                Assert.Equal(Expected(), await ActualAsync());
            }

            await ledger.VerifyAsync();
            await DrainAsync();
        }

        private async Task ApplyAsync(int kind, string from, string to, long amount)
        {
            switch (kind)
            {
                case 0:
                    await CreditAsync(amount);
                    break;
                case 1 or 2:
                    await MadeAsync(_model.Allocate(to, amount), Parent(to), to, amount, () => AllocateAsync(to, amount, null, false));
                    break;
                case 3 or 4 or 5 or 6:
                    await AllocateWithPeriodAsync(to, amount, returns: kind < 6);
                    break;
                case 7:
                    await MadeAsync(_model.Reclaim(to, amount), to, Parent(to), amount, () => ledger.Get<ReclaimFunds>().RunAsync(
                        new ReclaimRequest
                        {
                            TeamId = _owners[to].TeamId, UserId = _owners[to].UserId, ApplicationId = _owners[to].ApplicationId, AmountNanos = amount,
                            Currency = "USD", IdempotencyKey = Key(),
                        }, "test", LedgerFixture.Token));
                    break;
                case 8 when from != to && Parent(from) != to && Parent(to) != from:
                    await MadeAsync(_model.Transfer(from, to, amount), from, to, amount, () => ledger.Get<TransferFunds>().RunAsync(
                        new TransferFundsRequest
                        {
                            FromWalletId = _owners[from].WalletId, ToWalletId = _owners[to].WalletId, AmountNanos = amount, Currency = "USD", IdempotencyKey = Key(),
                        }, "test", LedgerFixture.Token));
                    break;
                case 9 when _made.Count > 0:
                    await CorrectAsync((int)amount % _made.Count);
                    break;
                case 10:
                    await HoldAsync(Team(from), amount);
                    break;
                case 11:
                    await ReleaseAsync(Team(from));
                    break;
                case 12 or 13 or 14:
                    _model.Spend(Team(from), amount);
                    await PostAsync(Team(from), amount);
                    break;
                case 15 when _model.CanRefund(Team(from), amount):
                    _model.Refund(Team(from), amount);
                    await PostAsync(Team(from), -amount);
                    break;
                case 16:
                    await PlanAsync(to, amount, returns: amount % 2 == 0);
                    break;
                case 17 or 18 or 19:
                    ledger.Time.Advance(TimeSpan.FromHours(amount));
                    break;
            }

            _model.Pass(ledger.Time.GetUtcNow());
            await ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token);
        }

        private async Task CreditAsync(long amount)
        {
            _model.Credit(amount);
            await ledger.CreditAsync(amount);
        }

        private async Task AllocateWithPeriodAsync(string to, long amount, bool returns)
        {
            var (endsAt, index) = (NextEnd(), _made.Count);
            await MadeAsync(
                _model.Allocate(to, amount, endsAt, returns, $"{index}"), Parent(to), to, amount, () => AllocateAsync(to, amount, endsAt, returns));
        }

        private Task<Transfer> AllocateAsync(string to, long amount, DateTimeOffset? endsAt, bool returns) => ledger.Get<AllocateFunds>().RunAsync(
            new AllocateRequest
            {
                TeamId = _owners[to].TeamId, UserId = _owners[to].UserId, ApplicationId = _owners[to].ApplicationId, AmountNanos = amount, Currency = "USD",
                IdempotencyKey = Key(), EndsAt = endsAt.ToTimestampUtc(),
                AtEnd = endsAt is null ? PeriodEnd.Unspecified : returns ? PeriodEnd.Return : PeriodEnd.RollOver,
            }, "test", LedgerFixture.Token);

        private async Task PlanAsync(string to, long amount, bool returns)
        {
            var startsAt = NextEnd();
            var endsAt = amount % 3 == 0 ? (DateTimeOffset?)null : startsAt.AddDays(1);
            _model.Plan(to, amount, startsAt, endsAt, returns);
            await ledger.Get<PlanAllocation>().RunAsync(
                new PlanAllocationRequest
                {
                    TeamId = _owners[to].TeamId, UserId = _owners[to].UserId, ApplicationId = _owners[to].ApplicationId, AmountNanos = amount, Currency = "USD",
                    IdempotencyKey = Key(), StartsAt = startsAt.ToTimestampUtc(), EndsAt = endsAt.ToTimestampUtc(),
                    AtEnd = endsAt is null ? PeriodEnd.Unspecified : returns ? PeriodEnd.Return : PeriodEnd.RollOver,
                }, "test", LedgerFixture.Token);
        }

        private async Task MadeAsync(bool expected, string from, string to, long amount, Func<Task<Transfer>> move)
        {
            try
            {
                _made.Add(((await move()).TransferId, from, to, amount, false));
                Assert.True(expected);
            }
            catch (Grpc.Core.RpcException exception)
            {
                Assert.Equal((Reasons.InsufficientFunds, false), (RpcErrors.ReasonOf(exception), expected));
            }
        }

        private async Task CorrectAsync(int index)
        {
            var made = _made[index];
            var expected = made.Done ? Reasons.TransferCorrected
                : _model.HasReturned($"{index}") ? Reasons.TransferNotCorrectable
                : _model.Correct(made.From, made.To, made.Amount, $"{index}") ? null
                : Reasons.InsufficientFunds;
            Assert.Equal(expected, await HoldTests.TryAsync(() => ledger.Get<CorrectTransfer>().RunAsync(
                new CorrectRequest { TransferId = made.TransferId, IdempotencyKey = Key() }, "test", LedgerFixture.Token)));
            _made[index] = made with { Done = made.Done || expected is null };
        }

        private async Task HoldAsync(string team, long amount)
        {
            if (_model.Hold(team, amount))
            {
                _holds[team] = Guid.CreateVersion7();
                Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(_owners[team].TeamId, _holds[team], amount, sent: true));
            }
        }

        private async Task ReleaseAsync(string team)
        {
            _model.Release(team);
            if (_holds.Remove(team, out var attempt))
            {
                await ledger.ResolveAsync(attempt, new HoldInput.Release("random"));
            }
        }

        private Task<bool> PostAsync(string team, long cost) =>
            ledger.PostAsync(ledger.Item(_owners[team].TeamId, Guid.CreateVersion7(), cost, FundingClass.External));

        private string Expected() => string.Join("; ", _model.ToString().Split("; ")[1..]);

        private async Task<string> ActualAsync()
        {
            var lines = new List<string>();
            var views = (await ledger.Get<ReadWallets>().ListAsync(new ListWalletsRequest(), LedgerFixture.Token)).Wallets.ToDictionary(wallet => wallet.WalletId);
            foreach (var name in Wallets)
            {
                var w = views[_owners[name].WalletId];
                var allocations = (await ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { WalletId = w.WalletId, All = true }, LedgerFixture.Token)).Allocations;
                var heaps = allocations.SelectMany(allocation => allocation.Periods).Where(period => !period.Ended).OrderBy(period => period.EndsAt);
                lines.Add(
                    $"{name} {w.AvailableNanos}/{w.HeldNanos}/{w.SpentNanos} over {w.OverageNanos} of {w.CreditedNanos}-{w.MovedOutNanos} " +
                    $"[{string.Join(' ', heaps.Select(period => period.RemainingNanos))}]");
            }

            return string.Join("; ", lines);
        }

        /// <summary>Leaves the shared organisation with nothing, and nothing due, so that the next run begins with what it credits.</summary>
        private async Task DrainAsync()
        {
            await ledger.ScalarAsync<object?>("UPDATE allocation SET state = 4, due_at = NULL, waiting_since = NULL WHERE state <= 2 RETURNING 1");
            await ledger.ScalarAsync<object?>("UPDATE allocation_period SET state = 3, remaining = 0, ended_at = now() WHERE state < 3 RETURNING 1");
            await ledger.ScalarAsync<object?>("UPDATE wallet SET boundary_at = NULL WHERE boundary_at IS NOT NULL RETURNING 1");
            await ledger.EmptyOrganisationAsync();
        }

        /// <summary>No two ends at one moment, whose order nobody promises.</summary>
        private DateTimeOffset NextEnd() => ledger.Time.GetUtcNow().AddHours(12 + (_ends * 7 % 60)).AddSeconds(++_ends);

        private static string Parent(string name) => name.Length == 1 ? "o" : name[..1];

        private static string Team(string name) => name[..1];

        private static string Key() => Guid.CreateVersion7().ToString();
    }
}
