using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;
using Platform.Forecast.Work;

namespace Platform.Forecast.Tests;

/// <summary>That work of minutes leaves the threads which answer to who asks for little.</summary>
public sealed class WorkThreadsTests
{
    [Fact(Timeout = 300_000)]
    public async Task A_forecast_is_made_on_no_thread_of_the_pool()
    {
        var (today, pooled) = (new DateOnly(2026, 6, 15), new bool[64]);
        SegmentSeries[] series = [.. pooled.Select((_, place) => new SegmentSeries(new SegmentKey($"team_{place:00}", "chat", "interactive"), today.AddDays(-1), [new SegmentDay(5, 1, 0, 10, 10)]))];

        var forecast = await WorkThreads.RunAsync(
            () => OrganisationForecast.Make(new HorizonCalendar(BillingCalendar.Find("")!, today), series, TeamCalendars.None, place =>
            {
                pooled[place] = Thread.CurrentThread.IsThreadPoolThread;
                return SegmentForecaster.Unknown(series[place]);
            }, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);

        Assert.Equal(64, forecast.Teams.Count);
        Assert.DoesNotContain(true, pooled);
    }

    /// <summary>More loops than there are threads, each of which waits for loops of its own.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Loops_within_loops_come_to_their_end_in_their_order()
    {
        int[] numbers = [.. Enumerable.Range(0, 200)];
        var asked = Enumerable.Range(0, 8).Select(_ => WorkThreads.RunAsync(
            () => WorkThreads.Each(numbers, number => WorkThreads.Each(numbers, () => new int[1], (other, room) => room[0] = number * other).Sum()), TestContext.Current.CancellationToken));

        foreach (var sums in await Task.WhenAll(asked))
        {
            Assert.Equal(numbers.Select(number => number * numbers.Sum()), sums);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task What_fails_in_a_loop_fails_for_who_asked() =>
        Assert.IsType<FormatException>(Assert.Single((await Assert.ThrowsAsync<AggregateException>(() => WorkThreads.RunAsync(
            () => WorkThreads.Each<int, int>([1], _ => throw new FormatException("one")), TestContext.Current.CancellationToken))).InnerExceptions));
}
