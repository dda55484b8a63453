using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Allocations;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests.Funds;

/// <summary>Months that turn while two replicas, whose clocks differ by five seconds, hold, post and end periods at once.</summary>
public sealed class TurnUnderLoadTests : AllocationCase
{
    private const long Month = 20_000;

    [Fact(Timeout = 600_000)]
    public async Task Months_that_turn_under_load_bring_each_month_its_budget_and_take_back_all_that_is_unspent()
    {
        var slow = new FakeTimeProvider(Ledger.Time.GetUtcNow() - TimeSpan.FromSeconds(5));
        var replica = Ledger.NewReplica(slow);
        await Ledger.CreditAsync(100 * Month);
        var (team, user) = (await Ledger.TeamWithAsync(0), "ann");
        await Ledger.UserAsync(user);
        await PlanAsync(team, Month, Recurrence.Monthly, PeriodEnd.Return);
        await PlanAsync(team, Month / 4, Recurrence.Monthly, PeriodEnd.Return, user: user);
        await PassAsync("2027-03-10T12:00:01Z");

        using var over = new CancellationTokenSource();
        // Never as much as a month brings, even of two months' calls in one: what is asked for at the end is without overage. And every other month, the last too, nobody
        // spends anything, or what stays with the team wrongly would be covered by what was spent.
        Spending ofTeam = new(Ledger.Time, Month / 5), ofUser = new(Ledger.Time, Month / 20);
        Task[] load =
        [
            SchedulingAsync(Ledger.Get<PeriodScheduler>(), over.Token), SchedulingAsync(replica.GetRequiredService<PeriodScheduler>(), over.Token),
            PostingAsync(Ledger.Get<PostUsage>(), team, "", ofTeam, over.Token),
            PostingAsync(replica.GetRequiredService<PostUsage>(), team, user, ofUser, over.Token),
            HoldingAsync(replica.GetRequiredService<PostUsage>(), team, "", ofTeam, over.Token),
            HoldingAsync(Ledger.Get<PostUsage>(), team, user, ofUser, over.Token),
        ];
        var lasting = Guid.Empty;
        for (var step = 0; step < 40; step++)
        {
            if (step % 4 == 3)
            {
                // One call of the user is under way at every turn.
                lasting = Guid.CreateVersion7();
                Assert.Equal(HoldOutcome.Held, await Ledger.HoldAsync(team, lasting, 40, sent: true, user));
            }

            // Now and then the fast clock stands between the two: for five seconds one replica is in the new month and the other in the old one.
            Ledger.Time.SetUtcNow(step % 4 == 3 ? NextMonth(Ledger.Time.GetUtcNow()).AddSeconds(2) : Ledger.Time.GetUtcNow().AddDays(7));
            for (var i = 0; i < 5; i++)
            {
                Assert.True(await Ledger.PostAsync(Ledger.Item(team, Guid.CreateVersion7(), ofTeam.Take(1), FundingClass.External)));
            }

            slow.SetUtcNow(Ledger.Time.GetUtcNow() - TimeSpan.FromSeconds(5));
            if (step % 4 == 1 && step > 4)
            {
                await Eventually.TrueAsync(
                    () => Ledger.ScalarAsync<bool>("SELECT NOT EXISTS (SELECT FROM allocation WHERE due_at <= $1)", slow.GetUtcNow()), TimeSpan.FromSeconds(60),
                    "the month to have begun");
                await Ledger.PostAsync(Ledger.Item(team, lasting, 0) with { UserId = user });
            }
        }

        await over.CancelAsync();
        await Task.WhenAll(load);
        await Ledger.PostAsync(Ledger.Item(team, lasting, 0) with { UserId = user });
        await Ledger.VerifyAsync();

        // With nothing set aside, what each wallet has after one more turn is its month's budget and no more, whatever was spent before.
        var turned = NextMonth(Ledger.Time.GetUtcNow()).AddSeconds(6);
        Ledger.Time.SetUtcNow(turned);
        await Ledger.Get<PeriodScheduler>().RunDueAsync(LedgerFixture.Token);
        Assert.Equal(
            $"wal_{team} {Month * 3 / 4}/0/0/0, wal_{team}.user.{user} {Month / 4}/0/0/0",
            await Ledger.ScalarAsync<string>(
                "SELECT string_agg(concat(wallet_id, ' ', available, '/', held, '/', suspense, '/', overage), ', ' ORDER BY wallet_id) FROM wallet WHERE team_id = $1", team));
        Assert.Equal(0L, await Ledger.ScalarAsync<long>(
            "SELECT count(*) FROM allocation_period WHERE ends_at IS NOT NULL AND ends_at <= $1 AND state <> 3", turned));

        // Each month once, and none left out.
        Assert.Equal(0L, await Ledger.ScalarAsync<long>("""
            SELECT count(*) FROM (
                SELECT starts_at, lag(ends_at) OVER (PARTITION BY allocation_id ORDER BY starts_at) AS before FROM allocation_period WHERE allocation_id IS NOT NULL) p
            WHERE before <> starts_at
            """));
        await Ledger.VerifyAsync();
    }

    private static DateTimeOffset NextMonth(DateTimeOffset now) => new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);

    private static async Task SchedulingAsync(PeriodScheduler scheduler, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await scheduler.RunDueAsync(LedgerFixture.Token);
        }
    }

    private async Task PostingAsync(PostUsage post, string team, string user, Spending spending, CancellationToken over)
    {
        var random = new Random(1);
        while (!over.IsCancellationRequested)
        {
            var item = Ledger.Item(team, Guid.CreateVersion7(), spending.Take(random.Next(1, 4)), FundingClass.External) with { UserId = user };
            await post.RunAsync(new UsageMetered(Guid.CreateVersion7(), [item]), LedgerFixture.Token);
        }
    }

    private async Task HoldingAsync(PostUsage post, string team, string user, Spending spending, CancellationToken over)
    {
        var random = new Random(2);
        while (!over.IsCancellationRequested)
        {
            var (attempt, cost) = (Guid.CreateVersion7(), spending.Take(random.Next(1, 40)));
            if (await Ledger.HoldAsync(team, attempt, 40, sent: true, user) == HoldOutcome.Held)
            {
                if (random.Next(4) == 0)
                {
                    await Ledger.ResolveAsync(attempt, new HoldInput.Suspend("cut"));
                }
                else
                {
                    await Ledger.ResolveAsync(attempt, new HoldInput.Report(cost));
                }

                await post.RunAsync(new UsageMetered(Guid.CreateVersion7(), [Ledger.Item(team, attempt, cost) with { UserId = user }]), LedgerFixture.Token);
            }
        }
    }

    /// <summary>What calls of one wallet may cost in a month.</summary>
    private sealed class Spending(TimeProvider time, long limit)
    {
        private readonly Lock _taking = new();
        private (int Month, long Spent) _spent;

        /// <summary>The cost, or 0 once the month's limit is reached and in a month of rest.</summary>
        public long Take(long cost)
        {
            lock (_taking)
            {
                var month = time.GetUtcNow().Month;
                _spent = _spent.Month == month ? _spent : (month, 0);
                cost = _spent.Spent + cost <= (month % 2 == 1 ? 0 : limit) ? cost : 0;
                _spent.Spent += cost;
                return cost;
            }
        }
    }
}
