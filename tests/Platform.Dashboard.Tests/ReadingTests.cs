using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Dashboard.Figures;

namespace Platform.Dashboard.Tests;

public sealed class ReadingTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 15, 12, 3, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_service_that_stops_answering_keeps_its_figures_and_says_how_old_they_are()
    {
        var read = await Reading<string>.None.NextAsync(() => Task.FromResult("figures"), _time);
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
        var read = await failed.NextAsync(() => Task.FromResult("figures"), _time);
        Assert.Null(read.Warning("Forecast", _time.GetUtcNow()));
    }

    [Fact]
    public async Task Figures_of_another_day_are_dated()
    {
        var read = await Reading<string>.None.NextAsync(() => Task.FromResult("figures"), _time);
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
        var read = await Reading<string>.None.NextAsync(() => Task.FromResult("figures"), _time);
        var stopped = await read.NextAsync(() => Task.FromException<string>(RpcErrors.Create(StatusCode.PermissionDenied, reason, "Token k is frozen. Ask an admin.")), _time);
        Assert.Equal(ReadFailure.Stopped, stopped.Failure);
        Assert.Equal("Token k is frozen. Ask an admin; figures as of 12:03 UTC.", stopped.Warning("Wallet", _time.GetUtcNow()));
    }

    private Task<Reading<string>> FailAsync(Reading<string> before, StatusCode status) =>
        before.NextAsync(() => Task.FromException<string>(new RpcException(new Status(status, "test"))), _time);
}
