using System.Diagnostics;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests.Budgets;

/// <summary>Measures, asserts only exactness, and runs only when asked for: <c>-explicit only -class "*BudgetSpeedTests" -showliveoutput</c>.</summary>
public sealed class BudgetSpeedTests(ITestOutputHelper output)
{
    private const int Budgets = 200;
    private const int Records = 60_000;

    private static readonly string[] Teams = ["team_support", "team_search", "team_platform"];
    private static readonly string[] Models = ["gpt-4o", "gpt-4.1-nano", "gpt-4o-mini"];

    [Fact(Explicit = true, Timeout = 900_000)]
    public async Task Looks_are_measured()
    {
        await using var budgets = await BudgetTime.BeginAsync(new DateTimeOffset(2026, 6, 30, 12, 0, 0, TimeSpan.Zero));

        // Once alone: those who ask at once which teams there are would wait for a clock that stands.
        await budgets.SpendAsync(1);
        await RecordAsync(budgets, 0);
        for (var number = 0; number < Budgets; number++)
        {
            await budgets.SetAsync($"budget_{number}", 1_000_000, request => Describe(request, number));
        }

        await TimeAsync($"count the past of {Budgets} budgets", budgets.LookAsync);
        await TimeAsync("nothing new", budgets.LookAsync);
        for (var round = 1; round <= 3; round++)
        {
            await RecordAsync(budgets, round);
            await TimeAsync($"{Records:N0} new records", budgets.LookAsync);
        }

        var all = await budgets.GetAsync("budget_0");
        Assert.Equal((await budgets.Metering.QueryAsync(new QuerySpendRequest { From = all.PeriodFrom, To = all.PeriodTo })).Total.CostNanos, all.SpentNanos);
    }

    /// <summary>The first watches all; the others team, model and workload in turn, every tenth a tag, every twentieth a year.</summary>
    private static void Describe(SetBudgetRequest request, int number)
    {
        request.Scope = number == 0 ? new BudgetScope() : new BudgetScope { TeamId = Teams[number % 3], Model = number % 2 == 0 ? Models[number / 2 % 3] : "" };
        if (number % 10 == 9)
        {
            (request.Scope.TagKey, request.Scope.TagValue) = ("project", $"project-{number % 50}");
        }

        request.Period = number % 20 == 19 ? BudgetPeriod.Year : BudgetPeriod.Month;
    }

    private static async Task RecordAsync(BudgetTime budgets, int round) => await Parallel.ForEachAsync(
        Enumerable.Range(0, Records / 1_000), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
        async (batch, _) => await budgets.Metering.RecordAsync([.. Enumerable.Range((round * Records) + (batch * 1_000), 1_000).Select(number => Tagged(number, budgets.Now))]));

    /// <summary>Of the last minute, as live usage is.</summary>
    private static UsageEvent Tagged(int number, DateTimeOffset now)
    {
        var usage = Events.Varied(number);
        usage.OccurredAt = now.AddSeconds(-(number % 60)).ToTimestampUtc();
        usage.Tags["project"] = $"project-{number % 50}";
        return usage;
    }

    private async Task TimeAsync(string name, Func<Task> look)
    {
        var started = Stopwatch.GetTimestamp();
        await look();
        output.WriteLine($"{name}: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:N0} ms");
    }
}
