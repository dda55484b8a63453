using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;

namespace Platform.Dashboard.Tests;

public sealed class ReadingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 15, 12, 3, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_service_that_stops_answering_keeps_its_figures_and_says_how_old_they_are()
    {
        var read = await Reading<string>.None.NextAsync(() => Task.FromResult(("figures", _time.GetUtcNow())));
        _time.Advance(TimeSpan.FromMinutes(5));
        var failed = await FailAsync(read, StatusCode.Unavailable);
        Assert.Equal("figures", failed.Value);
        Assert.Equal("Forecast does not answer; figures as of 12:03 UTC.", failed.Warning("Forecast", _time.GetUtcNow()));
    }

    [Fact]
    public async Task A_service_that_answers_again_is_no_longer_warned_of()
    {
        var failed = await FailAsync(Reading<string>.None, StatusCode.DeadlineExceeded);
        Assert.Equal("Forecast does not answer; no figures yet.", failed.Warning("Forecast", _time.GetUtcNow()));
        var read = await failed.NextAsync(() => Task.FromResult(("figures", _time.GetUtcNow())));
        Assert.Null(read.Warning("Forecast", _time.GetUtcNow()));
    }

    [Fact]
    public async Task Figures_of_another_day_are_dated()
    {
        var read = await Reading<string>.None.NextAsync(() => Task.FromResult(("figures", _time.GetUtcNow())));
        _time.Advance(TimeSpan.FromHours(12));
        var failed = await FailAsync(read, StatusCode.Unavailable);
        Assert.Equal("Wallet does not answer; figures as of 15 Jun 12:03 UTC.", failed.Warning("Wallet", _time.GetUtcNow()));
    }

    [Theory]
    [InlineData(StatusCode.Unauthenticated, nameof(ReadFailure.SignedOut))]
    [InlineData(StatusCode.PermissionDenied, nameof(ReadFailure.NotAllowed))]
    [InlineData(StatusCode.Unavailable, nameof(ReadFailure.NotAnswering))]
    [InlineData(StatusCode.DeadlineExceeded, nameof(ReadFailure.TooSlow))]
    [InlineData(StatusCode.Internal, nameof(ReadFailure.Failed))]
    public async Task A_status_says_what_kind_of_failure_it_is(StatusCode status, string expected) =>
        Assert.Equal(expected, (await FailAsync(Reading<string>.None, status)).Failure.ToString());

    [Theory]
    [InlineData(Reasons.KeyFrozen)]
    [InlineData(Reasons.UserDisabled)]
    [InlineData(Reasons.TeamFrozen)]
    public async Task Who_is_stopped_is_told_by_what(string reason)
    {
        var read = await Reading<string>.None.NextAsync(() => Task.FromResult(("figures", _time.GetUtcNow())));
        var stopped = await read.NextAsync(() => Task.FromException<(string, DateTimeOffset)>(RpcErrors.Create(StatusCode.PermissionDenied, reason, "Token k is frozen. Ask an admin.")));
        Assert.Equal(ReadFailure.Stopped, stopped.Failure);
        Assert.Equal("Token k is frozen. Ask an admin; figures as of 12:03 UTC.", stopped.Warning("Wallet", _time.GetUtcNow()));
    }

    /// <summary>Of balances and of the month's spend: minutes past twelve at which each was read, "-" not yet, "x" it could not be; and what the page is as of.</summary>
    [Theory]
    [InlineData("-", "-", null)]
    [InlineData("1", "-", null)]
    [InlineData("-", "1", null)]
    [InlineData("x", "1", null)]
    [InlineData("x", "x", null)]
    [InlineData("1", "x", 1)]
    [InlineData("1", "2", 1)]
    [InlineData("2", "1", 1)]
    public async Task Balances_that_were_read_are_dated_also_while_the_months_spend_cannot_be_read(string wallets, string metering, int? expected)
    {
        var figures = new MeteringFigures("", "USD", default, new Dictionary<string, RunRateLine>(), null!, null!, null!, []);
        var asOf = FigureFeed.OldestOf(await ReadAsync(wallets, Wallets.Of(Wallets.Organisation())), await ReadAsync(metering, figures));
        Assert.Equal(expected is { } minute ? Noon.AddMinutes(minute) : null, asOf);
    }

    [Theory]
    [InlineData(true, null, "Reading…")]
    [InlineData(false, null, "No balances yet")]
    [InlineData(false, 1, "Balances as of 12:01:00 UTC")]
    public async Task The_header_does_not_say_that_it_reads_where_it_is_said_that_nobody_answers(bool live, int? minute, string expected)
    {
        await using var header = new Rendered<PageHeader>();
        Assert.Contains($">{expected}</p>", System.Net.WebUtility.HtmlDecode(await header.ShowAsync(("Live", live), ("AsOf", minute is { } at ? Noon.AddMinutes(at) : null))), StringComparison.Ordinal);
    }

    private static async Task<Reading<T>> ReadAsync<T>(string read, T figures)
        where T : class => read switch
        {
            "-" => Reading<T>.None,
            "x" => await Reading<T>.None.NextAsync(() => Task.FromException<(T, DateTimeOffset)>(new RpcException(new Status(StatusCode.Unavailable, "test")))),
            var minute => new Reading<T>(figures, Noon.AddMinutes(int.Parse(minute, System.Globalization.CultureInfo.InvariantCulture)), null),
        };

    private static Task<Reading<string>> FailAsync(Reading<string> before, StatusCode status) =>
        before.NextAsync(() => Task.FromException<(string, DateTimeOffset)>(new RpcException(new Status(status, "test"))));
}
