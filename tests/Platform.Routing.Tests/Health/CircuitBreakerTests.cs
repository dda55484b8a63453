using System.Globalization;
using CsCheck;
using Platform.Routing.Health;

namespace Platform.Routing.Tests.Health;

public sealed class CircuitBreakerTests
{
    /// <summary>3 in a row, or half of at least 6 in 10 s; cool-downs of 5, 10, 20, 20 s; two probes close it.</summary>
    private static readonly BreakerOptions Options = new()
    {
        ConsecutiveFailures = 3, FailurePercent = 50, MinimumAttempts = 6, WindowSeconds = 10, CoolDownSeconds = 5, MaxCoolDownSeconds = 20, ProbesToClose = 2,
    };

    /// <summary>
    /// A line: second, what happens, the state after it. "fail" and "ok" are an attempt that passes and ends so; "probe-ok", "probe-fail" and "probe-neither" one
    /// that must be a probe; "refused" one that does not pass; "begin" and "late-fail", "late-ok" an attempt that passes now and ends then.
    /// </summary>
    [Theory]
    [InlineData("""
        0 fail Closed
        0 fail Closed
        0 ok Closed
        0 fail Closed
        0 fail Closed
        0 fail Open
        """)]
    [InlineData("""
        0 fail Closed
        1 fail Closed
        1 fail Open
        1 refused Open
        5.9 refused Open
        6 look HalfOpen
        6 probe-ok HalfOpen
        6 probe-ok Closed
        7 ok Closed
        """)]
    [InlineData("""
        0 fail Closed
        0 fail Closed
        0 fail Open
        5 probe-fail Open
        14.9 refused Open
        15 probe-fail Open
        34.9 refused Open
        35 probe-fail Open
        54.9 refused Open
        55 probe-ok HalfOpen
        55 probe-fail Open
        75 probe-ok HalfOpen
        75 probe-ok Closed
        76 fail Closed
        76 fail Closed
        76 fail Open
        80.9 refused Open
        81 probe-ok HalfOpen
        """)]
    [InlineData("""
        0 fail Closed
        0 fail Closed
        0 fail Open
        5 begin HalfOpen
        5 refused HalfOpen
        34.9 refused HalfOpen
        34.9 late-ok HalfOpen
        34.9 probe-neither HalfOpen
        35 probe-ok Closed
        """)]
    [InlineData("""
        0 fail Closed
        0 fail Closed
        0 fail Open
        5 begin HalfOpen
        34.9 refused HalfOpen
        35 probe-ok HalfOpen
        35 probe-ok Closed
        36 late-fail Closed
        36 fail Closed
        36 fail Open
        """)]
    [InlineData("""
        0 begin Closed
        0 fail Closed
        0 fail Closed
        0 fail Open
        1 late-fail Open
        5 probe-ok HalfOpen
        """)]
    [InlineData("""
        0 begin Closed
        0 fail Closed
        0 fail Closed
        0 fail Open
        5 probe-ok HalfOpen
        5 late-fail HalfOpen
        5 probe-ok Closed
        """)]
    [InlineData("""
        0 fail Closed
        1 ok Closed
        2 fail Closed
        3 ok Closed
        4 ok Closed
        5 fail Open
        """)]
    [InlineData("""
        0 fail Closed
        1 ok Closed
        2 fail Closed
        3 ok Closed
        11 ok Closed
        12 fail Closed
        """)]
    [InlineData("""
        0 fail Closed
        0 fail Closed
        0 fail Open
        1 well HalfOpen
        1 probe-fail Open
        10.9 refused Open
        11 probe-ok HalfOpen
        """)]
    [InlineData("""
        0 trip Open
        14.9 refused Open
        15 probe-trip Open
        34.9 refused Open
        35 probe-ok HalfOpen
        35 probe-ok Closed
        36 trip Open
        """)]
    public void Breaker_goes_through_its_states(string story)
    {
        var breaker = new CircuitBreaker(Options);
        var late = BreakerPass.Refused;
        foreach (var line in story.Split('\n'))
        {
            var words = line.Split(' ');
            var now = TimeSpan.FromSeconds(double.Parse(words[0], CultureInfo.InvariantCulture));
            Do(breaker, words[1], now, ref late);
            Assert.True(words[2] == breaker.StateAt(now).ToString(), $"{line}: {breaker.StateAt(now)}");
        }
    }

    [Fact]
    public void Breaker_never_lets_more_probes_through_than_one_each_thirty_seconds_and_is_never_stuck() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 4000]).Array[1, 300].Sample(steps =>
        {
            var breaker = new CircuitBreaker(Options);
            var now = TimeSpan.Zero;
            var open = new Queue<BreakerPass>();
            foreach (var (step, ms) in steps)
            {
                now += TimeSpan.FromMilliseconds(ms);
                if (step == 0 && breaker.TryPass(now) is var pass && pass != BreakerPass.Refused)
                {
                    open.Enqueue(pass);
                }
                else if (step > 0 && open.TryDequeue(out var ended))
                {
                    End(breaker, ended, step switch { 1 => "ok", 2 => "fail", _ => "neither" }, now);
                }

                Assert.True(open.Count(one => one == BreakerPass.Probe) <= 1 + (now.TotalSeconds / 30));
            }

            Assert.NotEqual(BreakerPass.Refused, breaker.Peek(now + TimeSpan.FromSeconds(30)));
        });

    private static void Do(CircuitBreaker breaker, string what, TimeSpan now, ref BreakerPass late)
    {
        switch (what)
        {
            case "look":
                break;
            case "well":
                breaker.EndCoolDown(now);
                break;
            case "refused":
                Assert.Equal(BreakerPass.Refused, breaker.TryPass(now));
                break;
            case "begin":
                late = breaker.TryPass(now);
                Assert.NotEqual(BreakerPass.Refused, late);
                break;
            case "late-ok" or "late-fail":
                End(breaker, late, what["late-".Length..], now);
                break;
            default:
                var isProbe = what.StartsWith("probe-", StringComparison.Ordinal);
                var pass = breaker.TryPass(now);
                Assert.Equal(isProbe ? BreakerPass.Probe : BreakerPass.Normal, pass);
                End(breaker, pass, isProbe ? what["probe-".Length..] : what, now);
                break;
        }
    }

    private static void End(CircuitBreaker breaker, BreakerPass pass, string how, TimeSpan now)
    {
        switch (how)
        {
            case "ok":
                breaker.Succeeded(pass, now);
                break;
            case "fail":
                breaker.Failed(pass, now);
                break;
            case "trip":
                breaker.Trip(pass, now);
                break;
            default:
                breaker.Neither(pass);
                break;
        }
    }
}
