using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Dashboard.Figures;
using Platform.Testing;

namespace Platform.Dashboard.Tests;

/// <summary>Forecasts of all teams are one question, however many teams there are.</summary>
public sealed class ForecastReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 15, 12, 3, 0, TimeSpan.Zero);

    [Fact]
    public async Task Lines_of_all_teams_are_read_at_once_with_as_many_days_as_are_shown()
    {
        var asked = new Streamed(1_000);
        var figures = await new ForecastReader(new Forecast.ForecastClient(asked), new FakeTimeProvider(Now)).ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1 + ForecastReader.DaysAhead, Assert.Single(asked.Requests).Days);
        Assert.Equal(1_001, figures.Lines.Count);
        Assert.Equal(new Money(7), figures.Of("team_7")!.P50);
        Assert.Equal(new Money(1_000_000), figures.Of("")!.P50);
        Assert.Equal(new CapAhead(new Money(50), "month", 0.6, Now.AddDays(9), Now.AddDays(15)), figures.Of("team_7")!.Cap);
        Assert.Equal(new DateOnly(2026, 6, 15), Assert.Single(figures.Of("team_7")!.Days).Day);
    }

    /// <summary>A year's cap that all futures reach in December says nothing of today, when the day's cap refuses every call.</summary>
    [Fact]
    public async Task Of_several_caps_the_line_has_the_one_that_refuses_first()
    {
        var figures = await new ForecastReader(new Forecast.ForecastClient(new Streamed(1)), new FakeTimeProvider(Now)).ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new CapAhead(new Money(20), "day", 0.97, Now, Now.AddDays(1)), figures.Of("")!.Cap);
    }

    [Fact]
    public async Task Lines_that_keep_coming_are_waited_for_however_long_all_of_them_take()
    {
        var time = new FakeTimeProvider(Now);
        var asked = new Streamed(19) { BeforeEach = () => time.Advance(TimeSpan.FromSeconds(19)) };
        var figures = await new ForecastReader(new Forecast.ForecastClient(asked), time).ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(20, figures.Lines.Count);
        Assert.True(time.GetUtcNow() - Now > TimeSpan.FromMinutes(6));
        Assert.True(asked.Deadline > time.GetUtcNow().UtcDateTime);
    }

    [Theory]
    [InlineData(0, 59, 60)]
    [InlineData(3, 19, 20)]
    public async Task A_forecast_that_falls_silent_is_too_slow(int linesBefore, int stillWaits, int gaveUp)
    {
        var time = new FakeTimeProvider(Now);
        var read = new ForecastReader(new Forecast.ForecastClient(new Streamed(19) { SilentAfter = linesBefore }), time).ReadAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(stillWaits));
        Assert.False(read.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(gaveUp - stillWaits));

        Assert.Equal(ReadFailure.TooSlow, ReadFailures.Of(await Assert.ThrowsAsync<RpcException>(() => read.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken))));
    }

    [Fact]
    public async Task A_page_that_is_closed_is_no_slow_forecast()
    {
        using var closed = new CancellationTokenSource();
        var read = new ForecastReader(new Forecast.ForecastClient(new Streamed(19) { SilentAfter = 3 }), new FakeTimeProvider(Now)).ReadAsync(closed.Token);
        await closed.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_was_too_slow_is_asked_for_no_sooner_than_what_was_answered()
    {
        Assert.Equal(FigureFeed.ForecastPause(null), FigureFeed.ForecastPause(ReadFailure.TooSlow));
        Assert.True(FigureFeed.ForecastPause(ReadFailure.NotAnswering) < FigureFeed.ForecastPause(null));
    }

    private sealed class Streamed(int teams) : UnaryInvoker
    {
        public Action BeforeEach { get; init; } = () => { };

        /// <summary>Lines after which nothing comes any more, and no end either.</summary>
        public int SilentAfter { get; init; } = int.MaxValue;

        public DateTime? Deadline { get; private set; }

        public List<ListForecastsRequest> Requests { get; } = [];

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            Requests.Add((ListForecastsRequest)(object)request);
            Deadline = options.Deadline;
            ForecastView[] views = [View("", 1_000_000), .. Enumerable.Range(1, teams).Select(team => View($"team_{team}", team))];
            return new AsyncServerStreamingCall<TResponse>(
                new Reader<TResponse>(views.Cast<TResponse>().GetEnumerator(), BeforeEach, SilentAfter), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }

        private static CapOutlook YearsCap => new()
        {
            CapId = "cap_01", Period = Contracts.Wallet.V1.CapPeriod.Year, AmountNanos = 900, Reached = 1, Expected = Now.AddDays(188).ToTimestampUtc(), PeriodEnd = Now.AddDays(200).ToTimestampUtc(),
        };

        private static CapOutlook DaysCap => new()
        {
            CapId = "cap_02", Period = Contracts.Wallet.V1.CapPeriod.Day, AmountNanos = 20, Reached = 0.97, Expected = Now.ToTimestampUtc(), PeriodEnd = Now.AddDays(1).ToTimestampUtc(),
        };

        private static ForecastView View(string team, long nanos) => new()
        {
            TeamId = team, Status = ForecastStatus.Ready, Currency = "USD", MonthEndP50Nanos = nanos, Days = { new ForecastDay { Date = "2026-06-15", P50Nanos = nanos } },
            Caps =
            {
                new CapOutlook { CapId = "cap_unknown" },
                team.Length > 0 ? [] : new[] { YearsCap, DaysCap },
                new CapOutlook
                {
                    CapId = "cap_a", Period = Contracts.Wallet.V1.CapPeriod.Month, AmountNanos = 50, Reached = 0.6, Expected = Now.AddDays(9).ToTimestampUtc(), PeriodEnd = Now.AddDays(15).ToTimestampUtc(),
                },
                new CapOutlook { CapId = "cap_b", Period = Contracts.Wallet.V1.CapPeriod.Day, Reached = 0.1, PeriodEnd = Now.AddDays(1).ToTimestampUtc() },
            },
        };
    }

    private sealed class Reader<T>(IEnumerator<T> items, Action beforeEach, int silentAfter) : IAsyncStreamReader<T>
    {
        private int _told;

        public T Current => items.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (_told++ == silentAfter)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            beforeEach();
            cancellationToken.ThrowIfCancellationRequested();
            return items.MoveNext();
        }
    }
}
