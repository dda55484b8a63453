using System.Diagnostics;

namespace Platform.Metering.Tests.Budgets;

/// <summary>What a look of the evaluation reads when nothing has happened: with thousands of budgets, reading them all once a second keeps a processor busy.</summary>
public sealed class IdleLookTests
{
    [Fact(Timeout = 120_000)]
    public async Task Budgets_are_read_when_something_happened_and_every_half_minute()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await budgets.SpendAsync(1);
        await budgets.SetAsync("all", 100, request => request.RateAlerts = true);
        await budgets.LookAsync();
        var reads = 0;
        var database = await DatabaseAsync(budgets);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("db.namespace"), database) && activity.GetTagItem("db.query.text") is string text && text.Contains("FROM budget WHERE active AND counted", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref reads);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        Assert.Equal(0, await ReadsOfAsync(seconds: 1));
        Assert.Equal(0, await ReadsOfAsync(seconds: 20));
        Assert.Equal(1, await ReadsOfAsync(seconds: 10));
        Assert.Equal(0, await ReadsOfAsync(seconds: 1));

        await budgets.SpendAsync(49);
        Assert.Equal(1, await ReadsOfAsync(seconds: 1));
        await budgets.SetAsync("all", 50);
        Assert.InRange(await ReadsOfAsync(seconds: 1), 1, 2);
        Assert.Equal(0, await ReadsOfAsync(seconds: 1));
        Assert.Equal(50 * BudgetTime.Cent, (await budgets.GetAsync("all")).SpentNanos);

        async Task<int> ReadsOfAsync(int seconds)
        {
            budgets.Time.Advance(TimeSpan.FromSeconds(seconds));
            Volatile.Write(ref reads, 0);
            await budgets.LookAsync();
            return Volatile.Read(ref reads);
        }
    }

    private static async Task<object?> DatabaseAsync(BudgetTime budgets)
    {
        await using var command = budgets.Metering.Database.CreateCommand("SELECT current_database()");
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
