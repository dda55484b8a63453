using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Platform.Routing.Resilience;

namespace Platform.Routing.Tests.Resilience;

public sealed class RetryBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    // Calls in this minute, percent → how many more attempts there may be.
    [InlineData(0, 20, 10)]
    [InlineData(100, 20, 30)]
    [InlineData(100, 0, 10)]
    [InlineData(100, 100, 110)]
    [InlineData(7, 20, 11)]
    public void Budget_is_a_share_of_calls_above_a_floor(int calls, int percent, int more) => Assert.Equal(more, TakeAll(Counted(calls), percent));

    [Fact]
    public void Budget_fades_over_the_minute_and_comes_back()
    {
        var budget = Counted(100);
        Assert.Equal(30, TakeAll(budget, 20));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, TakeAll(budget, 20));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(5, TakeAll(budget, 20));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(10, TakeAll(budget, 20));
    }

    [Fact]
    public void In_an_outage_all_calls_together_add_no_more_than_the_share() =>
        Gen.Select(Gen.Int[0, 100], Gen.Int[1, 2000]).Sample((percent, calls) =>
        {
            var budget = new RetryBudget(_time);
            var more = 0;
            for (var i = 0; i < calls; i++)
            {
                budget.CountCall();
                more += budget.TryTake(percent) ? 1 : 0;
            }

            Assert.True(more <= RetryBudget.FloorPerMinute + (calls * percent / 100.0));
        });

    [Fact]
    public void Keys_that_decide_never_have_the_budget_of_all_others_forgotten()
    {
        var budgets = new RetryBudgets(_time);
        var shared = budgets.Of("s");
        for (var key = 0; key < 10_001; key++)
        {
            budgets.Of("s", $"k{key}");
        }

        Assert.Same(shared, budgets.Of("s"));
        Assert.NotSame(shared, budgets.Of("s", "k1"));
    }

    private RetryBudget Counted(int calls)
    {
        var budget = new RetryBudget(_time);
        for (var i = 0; i < calls; i++)
        {
            budget.CountCall();
        }

        return budget;
    }

    private static int TakeAll(RetryBudget budget, int percent)
    {
        var taken = 0;
        while (budget.TryTake(percent))
        {
            taken++;
        }

        return taken;
    }
}
