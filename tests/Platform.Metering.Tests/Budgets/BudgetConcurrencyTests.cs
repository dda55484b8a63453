using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

public sealed class BudgetConcurrencyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 600_000)]
    public async Task Crossing_under_concurrent_intake_and_two_replicas_is_told_once_and_every_record_is_counted_once()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await using var replica = budgets.Metering.Another(budgets.Time);
        await budgets.SetAsync("all", 400);
        await budgets.SetAsync("support", 400, request => request.Scope = new BudgetScope { TeamId = "team_support" });
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task[] looking = [.. new[] { budgets.Metering, replica }.Select(metering => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await metering.Get<EvaluateBudgets>().RunAsync(Cancel);
            }
        }, Cancel))];

        // 8 tellers, 2 replicas, 400 calls of a cent each, every fifth told twice; half of them are the team's.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(teller => Task.Run(async () =>
        {
            for (var call = 0; call < 50; call++)
            {
                var metering = call % 2 == 0 ? budgets.Metering : replica;
                var usage = budgets.Call(1, budgets.Now, usage => usage.TeamId = call % 2 == 0 ? "team_support" : "team_search");
                await metering.RecordAsync(usage);
                if (call % 5 == 0)
                {
                    await metering.RecordAsync(usage);
                }

                if (call == 25 && teller == 0)
                {
                    await budgets.SetAsync("late", 400);
                }
            }
        }, Cancel)));
        await done.CancelAsync();
        await Task.WhenAll(looking);
        Assert.True(await budgets.LookAsync());

        foreach (var (budget, cents) in new[] { ("all", 400), ("support", 200), ("late", 400) })
        {
            Assert.Equal(cents * BudgetTime.Cent, (await budgets.GetAsync(budget)).SpentNanos);
        }

        var told = await budgets.OwedAsync<BudgetThresholdCrossed>();
        Assert.Equal([50, 80, 100], told.Where(crossed => crossed.BudgetId == "all").SelectMany(crossed => crossed.LowerPercents.Append(crossed.Percent)).Order());
        Assert.Equal([50, 80, 100], told.Where(crossed => crossed.BudgetId == "late").SelectMany(crossed => crossed.LowerPercents.Append(crossed.Percent)).Order());
        Assert.Equal([50], told.Where(crossed => crossed.BudgetId == "support").Select(crossed => crossed.Percent));
    }

    [Fact(Timeout = 300_000)]
    public async Task Only_one_replica_evaluates_at_a_time()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await budgets.SetAsync("all", 100);
        await using var connection = await budgets.Metering.Database.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using (var command = new Npgsql.NpgsqlCommand("SELECT pg_advisory_xact_lock(82825445725281)", connection, transaction))
        {
            await command.ExecuteNonQueryAsync(Cancel);
        }

        Assert.False(await budgets.LookAsync());
        await transaction.RollbackAsync(Cancel);
        Assert.True(await budgets.LookAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task What_piled_up_is_taken_in_steps_and_counted_whole()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await budgets.SetAsync("all", 100);
        await budgets.LookAsync();
        for (var hour = 0; hour < 5; hour++)
        {
            await budgets.SpendAsync(1, budgets.Now);
            budgets.Time.Advance(TimeSpan.FromHours(1));
        }

        await budgets.LookAsync();
        Assert.Equal(5 * BudgetTime.Cent, (await budgets.GetAsync("all")).SpentNanos);
    }
}
