using System.Globalization;
using CsCheck;
using Platform.Routing.Resilience;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Resilience;

public sealed class FailoverDecisionTests
{
    private static readonly RouteFailover Policy = new(
        FailureKinds.Connection | FailureKinds.RateLimit, FailureKinds.RateLimit | FailureKinds.ServerError | FailureKinds.Connection, 3, 20, TimeSpan.FromMilliseconds(200));

    /// <summary>Kind, attempts in all, of them here, and then what else there is → what follows, with the pause in ms (no jitter drawn: half the back-off).</summary>
    [Theory]
    [InlineData("Connection 1 1", "Retry 100")]
    [InlineData("Connection 2 2", "Retry 200")]
    [InlineData("Connection 3 3", "GiveUp")]
    [InlineData("Connection 1 1 next", "Retry 100")]
    [InlineData("Connection 2 2 next", "Fallback")]
    [InlineData("Connection 2 1 next", "Retry 100")]
    [InlineData("Connection 3 1 next", "GiveUp")]
    [InlineData("ServerError 1 1", "GiveUp")]
    [InlineData("ServerError 1 1 next", "Fallback")]
    [InlineData("Timeout 1 1 next", "GiveUp")]
    [InlineData("ContextLength 1 1 next", "GiveUp")]
    [InlineData("None 1 1 next", "GiveUp")]
    [InlineData("RateLimit 1 1 after 1500", "Retry 1500")]
    [InlineData("RateLimit 1 1 after 2000", "Retry 2000")]
    [InlineData("RateLimit 1 1 after 2001", "GiveUp")]
    [InlineData("RateLimit 1 1 next after 2001", "Fallback")]
    [InlineData("RateLimit 1 1 next after 50", "Retry 100")]
    [InlineData("Connection 1 1 left 100", "GiveUp")]
    [InlineData("Connection 1 1 left 101", "Retry 100")]
    [InlineData("Connection 1 1 next left 100", "Fallback")]
    [InlineData("Connection 1 1 next left 0", "GiveUp")]
    public void What_follows_a_failed_attempt(string view, string step)
    {
        var words = view.Split(' ');
        int Ms(string name, int otherwise) => words.Contains(name) ? int.Parse(words[Array.IndexOf(words, name) + 1], CultureInfo.InvariantCulture) : otherwise;
        var decided = FailoverDecision.Decide(
            Policy,
            new FailoverView(
                Enum.Parse<FailureKinds>(words[0]), TimeSpan.FromMilliseconds(Ms("after", 0)), int.Parse(words[1], CultureInfo.InvariantCulture),
                int.Parse(words[2], CultureInfo.InvariantCulture), words.Contains("next"), TimeSpan.FromMilliseconds(Ms("left", 60_000))),
            jitter: 0);
        Assert.Equal(step, decided.Action == FailoverAction.Retry ? $"Retry {decided.Pause.TotalMilliseconds}" : decided.Action.ToString());
    }

    [Fact]
    public void A_call_ends_within_its_attempts_whatever_fails() =>
        Gen.Select(Gen.Int[1, 10], Gen.Int[0, 63], Gen.Int[0, 63], Gen.Int[0, 5].Array[12], Gen.Int[1, 5]).Sample((most, retry, fallback, kinds, targets) =>
        {
            var policy = new RouteFailover((FailureKinds)retry, (FailureKinds)fallback, most, 20, TimeSpan.FromMilliseconds(200));
            var (attempts, here) = (0, 0);
            foreach (var kind in kinds)
            {
                attempts++;
                here++;
                var step = FailoverDecision.Decide(
                    policy, new FailoverView((FailureKinds)(1 << kind), TimeSpan.Zero, attempts, here, targets > 1, TimeSpan.FromMinutes(1)), 0.5);
                if (step.Action == FailoverAction.GiveUp)
                {
                    break;
                }

                (targets, here) = step.Action == FailoverAction.Fallback ? (targets - 1, 0) : (targets, here);
            }

            Assert.InRange(attempts, 1, most);
            Assert.InRange(targets, 1, 5);
        });
}
