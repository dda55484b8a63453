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
        Assert.Equal(new DateOnly(2026, 6, 15), Assert.Single(figures.Of("team_7")!.Days).Day);
    }

    private sealed class Streamed(int teams) : UnaryInvoker
    {
        public List<ListForecastsRequest> Requests { get; } = [];

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            Requests.Add((ListForecastsRequest)(object)request);
            ForecastView[] views = [View("", 1_000_000), .. Enumerable.Range(1, teams).Select(team => View($"team_{team}", team))];
            return new AsyncServerStreamingCall<TResponse>(
                new Reader<TResponse>(views.Cast<TResponse>().GetEnumerator()), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }

        private static ForecastView View(string team, long nanos) => new()
        {
            TeamId = team, Status = ForecastStatus.Ready, Currency = "USD", MonthEndP50Nanos = nanos, Days = { new ForecastDay { Date = "2026-06-15", P50Nanos = nanos } },
        };
    }

    private sealed class Reader<T>(IEnumerator<T> items) : IAsyncStreamReader<T>
    {
        public T Current => items.Current;

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromResult(items.MoveNext());
    }
}
