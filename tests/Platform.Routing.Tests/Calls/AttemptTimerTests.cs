using Microsoft.Extensions.Time.Testing;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

public sealed class AttemptTimerTests
{
    private static readonly GatewayOptions Options = new() { FirstByteSeconds = 10, FirstTokenSeconds = 30, SilenceSeconds = 8, TotalSeconds = 60 };
    private readonly FakeTimeProvider _time = new();

    [Theory]
    // Stream or plain; what comes second by second (. nothing, c a comment, t a token) → when it ends, and why.
    [InlineData(true, "..........", 10, "was silent for too long")]
    [InlineData(true, "....c.........", 13, "was silent for too long")]
    [InlineData(true, "cccccccccccccccccccccccccccccccccc", 30, "sent no first token in time")]
    [InlineData(true, "cccccct.......", 15, "was silent for too long")]
    [InlineData(true, "tctctctctctctctctctctctctctctctctctctctctctctctctctctctctctctctctctctct", 60, "took longer than it may in all")]
    [InlineData(false, "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", 60, "took longer than it may in all")]
    public void Attempt_ends_with_the_first_of_its_times_that_is_over(bool isStream, string comes, int seconds, string why)
    {
        using var timer = new AttemptTimer(AttemptTimes.Of(Options, RouteTimeouts.Unsaid, isStream, TimeSpan.Zero), _time);
        var ended = 0;
        for (var second = 1; ended == 0; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            ended = timer.Token.IsCancellationRequested ? second : 0;
            if (ended == 0)
            {
                Assert.Null(timer.Overrun);
                if (second <= comes.Length && comes[second - 1] != '.')
                {
                    timer.Progressed(hasToken: comes[second - 1] == 't');
                }
            }
        }

        Assert.Equal((seconds, why), (ended, timer.Overrun));
    }

    [Theory]
    // Comes before the caller is behind (a comment or a token); how long he is, and after that nothing comes → when it ends, why, and whether that is his fault.
    [InlineData("c", 20, 1 + 20 + 8, "was silent for too long", false)]
    [InlineData("t", 20, 1 + 20 + 8, "was silent for too long", false)]
    [InlineData("t", 55, 60, "took longer than it may in all", true)]
    public void Time_of_a_caller_who_is_behind_is_no_silence_of_the_provider(string comes, int seconds, int ends, string why, bool isCallersFault)
    {
        using var timer = new AttemptTimer(AttemptTimes.Of(Options, RouteTimeouts.Unsaid, isStream: true, TimeSpan.Zero), _time);
        _time.Advance(TimeSpan.FromSeconds(1));
        timer.Progressed(hasToken: comes == "t");
        Assert.Equal(TimeSpan.FromSeconds(20), timer.WaitForCaller(TimeSpan.FromSeconds(20)));
        _time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Null(timer.Overrun);
        timer.CallerTook();
        var ended = 1 + seconds;
        for (; timer.Overrun is null; ended++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((ends, why, isCallersFault), (ended, timer.Overrun, timer.IsCallersFault));
    }

    [Fact]
    public void Caller_may_take_half_of_what_is_left_and_the_first_token_is_not_waited_for_meanwhile()
    {
        using var timer = new AttemptTimer(AttemptTimes.Of(Options, RouteTimeouts.Unsaid, isStream: true, TimeSpan.Zero), _time);
        timer.Progressed(hasToken: false);
        Assert.Equal(TimeSpan.FromSeconds(30), timer.WaitForCaller(TimeSpan.FromSeconds(60)));
        _time.Advance(TimeSpan.FromSeconds(30));
        timer.CallerTook();
        _time.Advance(TimeSpan.FromSeconds(5));
        timer.Progressed(hasToken: false);
        Assert.Null(timer.Overrun);
        Assert.Equal(TimeSpan.FromSeconds(12.5), timer.WaitForCaller(TimeSpan.FromSeconds(60)));
    }

    [Theory]
    // The target's first byte, first token, silence and total, 0 as unsaid; since the call arrived → the attempt's.
    [InlineData(0, 0, 0, 0, 0, "10 30 8 60")]
    [InlineData(0, 0, 0, 0, 45, "10 30 8 15")]
    [InlineData(0, 0, 0, 0, 90, "10 30 8 1")]
    [InlineData(1, 2, 3, 4, 0, "1 2 3 4")]
    [InlineData(1, 2, 3, 4, 58, "1 2 3 2")]
    [InlineData(0, 0, 0, 3600, 0, "10 30 8 3600")]
    [InlineData(0, 0, 0, 3600, 50, "10 30 8 3550")]
    public void Times_are_the_targets_or_else_the_processs_within_the_calls(int firstByte, int firstToken, int silence, int total, int elapsed, string expected)
    {
        var times = AttemptTimes.Of(Options, new RouteTimeouts(Said(firstByte), Said(firstToken), Said(silence), Said(total)), isStream: true, TimeSpan.FromSeconds(elapsed));
        Assert.Equal(expected, $"{times.FirstByte.TotalSeconds} {times.FirstToken.TotalSeconds} {times.Silence.TotalSeconds} {times.Total.TotalSeconds}");

        static TimeSpan? Said(int seconds) => seconds == 0 ? null : TimeSpan.FromSeconds(seconds);
    }

    [Fact]
    public void Caller_who_goes_away_ends_only_what_is_to_end_with_that()
    {
        using var caller = new CancellationTokenSource();
        using var drained = new AttemptTimer(AttemptTimes.Of(Options, RouteTimeouts.Unsaid, isStream: true, TimeSpan.Zero), _time);
        using var cancelled = new AttemptTimer(AttemptTimes.Of(Options, RouteTimeouts.Unsaid, isStream: true, TimeSpan.Zero), _time);
        cancelled.EndWith(caller.Token);
        caller.Cancel();
        Assert.Equal((false, true, true, (string?)null), (drained.Token.IsCancellationRequested, cancelled.Token.IsCancellationRequested, cancelled.IsAbandoned, cancelled.Overrun));
    }
}
