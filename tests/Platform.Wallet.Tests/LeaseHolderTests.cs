using CsCheck;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>
/// Honest holders at two replicas at once: they draw, end and lose attempts, their calls are sent twice and overtake each other, they fall silent and come back
/// with their journal, and usage records come in any order, twice. Whatever happened, the wallet has paid exactly what the records say.
/// </summary>
public sealed class LeaseHolderTests(LedgerFixture ledger, ITestOutputHelper output) : IClassFixture<LedgerFixture>
{
    private const long Funds = 20_000;
    private const int MostTries = 5;

    [Fact(Timeout = 900_000)]
    public void Honest_holders_leave_the_wallet_with_what_their_usage_cost_and_nothing_else()
    {
        var replicas = new[] { ledger.NewReplica(), ledger.NewReplica() };
        Gen.Select(Gen.ULong, Gen.Int[1, 3]).Sample(
            input => RunAsync(input.Item1, input.Item2, replicas).GetAwaiter().GetResult(), writeLine: output.WriteLine, iter: 25, threads: 1,
            print: input => $"seed {input.Item1}, {input.Item2} holders");
    }

    private async Task RunAsync(ulong seed, int count, IServiceProvider[] replicas)
    {
        var team = await ledger.TeamWithAsync(Funds);
        var holders = Enumerable.Range(0, count)
            .Select(index => new Holder(ledger, team, $"gateway-{index}", replicas[index % 2], new Random(unchecked((int)seed) + index))).ToArray();
        await Task.WhenAll(holders.Select(holder => Task.Run(holder.LiveAsync)));
        await ledger.VerifyAsync();

        // The settlement of what was lost, by its bill.
        await Task.WhenAll(holders.Select(holder => Task.Run(holder.SettleAsync)));

        var (cost, overage) = (holders.Sum(holder => holder.Cost), holders.Sum(holder => holder.Overage));
        var wallet = await ledger.WalletAsync(team);
        Assert.Equal((Funds - cost, 0, 0, cost, Funds), (wallet.AvailableNanos - wallet.OverageNanos, wallet.HeldNanos, wallet.SuspenseNanos, wallet.SpentNanos, wallet.CreditedNanos));

        // What came back later has repaid it.
        Assert.InRange(wallet.OverageNanos, 0, overage);
        Assert.Equal(overage, await ledger.ScalarAsync<long>(
            "SELECT coalesce(sum(amount), 0)::bigint FROM transfer WHERE to_wallet = $1 AND kind = $2", "wal_" + team, (short)TransferKind.Overage));
        Assert.Empty(await ledger.Get<LeaseStore>().ListAsync("", "wal_" + team, LedgerFixture.Token));
        await ledger.VerifyAsync();
    }

    /// <summary>A holder with one lease, its memory (gone when it falls silent) and its journal (kept).</summary>
    private sealed class Holder(LedgerFixture ledger, string team, string name, IServiceProvider replica, Random random)
    {
        private readonly LeaseClient _lease = new(ledger, team, name, replica);
        private readonly List<UsageMeteredItem> _unposted = [];
        private readonly List<(Guid Attempt, long Bound)> _lost = [];
        private readonly List<(Guid Attempt, long Bound)> _flying = [];
        private readonly List<Func<Task>> _delayed = [];
        private long _granted;
        private long _returned;
        private long _drawn;

        public long Cost { get; private set; }

        public long Overage { get; private set; }

        private long Open => _flying.Sum(attempt => attempt.Bound);

        private long Undrawn => _granted - _returned - _drawn - Open;

        public async Task LiveAsync()
        {
            for (var step = 0; step < 40; step++)
            {
                await StepAsync();
            }

            if (random.Next(3) == 0)
            {
                // Silent, and suspended; what was in flight is lost, the journal has the rest.
                ledger.Time.Advance(TimeSpan.FromMinutes(1));
                await ledger.Get<LeaseSweep>().SweepAsync(LedgerFixture.Token);
            }

            await Task.WhenAll(_delayed.Select(call => call()));
            await CloseAsync();
        }

        public async Task SettleAsync()
        {
            foreach (var (attempt, bound) in _lost)
            {
                Record(attempt, bound);
            }

            await PostAsync();
        }

        private async Task StepAsync()
        {
            switch (random.Next(10))
            {
                case 0 or 1 when Undrawn < 100:
                    await AcquireAsync();
                    break;
                case <= 4 when Undrawn >= 10:
                    _flying.Add((Guid.CreateVersion7(), random.Next(1, 11)));
                    break;
                case <= 6 when _flying.Count > 0:
                    EndOne();
                    break;
                case 7:
                    await ReportAsync();
                    break;
                case 8:
                    await PostAsync();
                    break;
                default:
                    await LoseOneAsync();
                    break;
            }
        }

        private async Task AcquireAsync()
        {
            var (known, drawn, open) = (_granted, _drawn, Open);
            var answer = await TwiceAsync(() => _lease.AcquireAsync(400, known, drawn, open));

            // The first answer got lost now and then; the next call learns of what it granted.
            _granted = answer.LeaseId == _lease.Id.ToString() && random.Next(4) > 0 ? answer.GrantedNanos : _granted;
        }

        private void EndOne()
        {
            var (attempt, bound) = Take();
            _drawn += Math.Min(Record(attempt, bound), bound);
        }

        private long Record(Guid attempt, long bound)
        {
            var cost = random.Next(10) == 0 ? bound + 3 : random.NextInt64(0, bound + 1);
            Cost += cost;
            Overage += Math.Max(0, cost - bound);
            _unposted.Add(_lease.Item(cost, bound, attempt));
            return cost;
        }

        private async Task ReportAsync()
        {
            // Some of what is undrawn goes back; the call may come late, when a later one has overtaken it, and then it is refused and changes nothing.
            if (_granted == 0)
            {
                return;
            }

            _returned += Math.Max(0, Undrawn) / 3;
            var (returned, drawn, open) = (_returned, _drawn, Open);
            if (random.Next(3) == 0)
            {
                _delayed.Add(() => HoldTests.TryAsync(() => AgainAsync(() => _lease.ReportAsync(returned, drawn, open))));
            }
            else
            {
                await TwiceAsync(() => _lease.ReportAsync(returned, drawn, open));
            }
        }

        // In flight and never to be known: out of the lease, now or late.
        private async Task LoseOneAsync()
        {
            if (_flying.Count == 0)
            {
                return;
            }

            var (attempt, bound) = Take();
            _drawn += bound;
            _lost.Add((attempt, bound));
            await TwiceAsync(() => _lease.SuspendAsync(attempt, bound));
        }

        private async Task CloseAsync()
        {
            foreach (var (attempt, bound) in _flying.ToArray())
            {
                await LoseOneAsync();
            }

            if (await HoldTests.TryAsync(() => AgainAsync(() => _lease.CloseAsync(_drawn))) is { } refused)
            {
                Assert.Equal((Reasons.LeaseNotFound, 0L), (refused, _drawn));
            }

            await PostAsync();
        }

        private async Task PostAsync()
        {
            var items = _unposted.OrderBy(_ => random.Next()).ToArray();
            _unposted.Clear();
            var batch = new UsageMetered(Guid.CreateVersion7(), items);
            await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => AgainAsync(() => ledger.Get<Postings.PostUsage>().RunAsync(batch, LedgerFixture.Token))));
            await AgainAsync(async () =>
            {
                await ledger.PostAsync(items);
                return true;
            });
        }

        private (Guid Attempt, long Bound) Take()
        {
            var index = random.Next(_flying.Count);
            var taken = _flying[index];
            _flying.RemoveAt(index);
            return taken;
        }

        private async Task<T> TwiceAsync<T>(Func<Task<T>> call)
        {
            var answers = await Task.WhenAll(AgainAsync(call), random.Next(2) == 0 ? AgainAsync(call) : Task.FromResult(default(T)!));
            return answers[0];
        }

        /// <summary>As gateways and the broker do: what is unavailable because another transaction keeps its lock, for as long as a machine stands still, is asked again.</summary>
        private static async Task<T> AgainAsync<T>(Func<Task<T>> call)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await call();
                }
                catch (PostgresException exception) when (attempt < MostTries && LedgerDatabase.IsKept(exception))
                {
                    // Nothing of it stands.
                }
            }
        }
    }
}
