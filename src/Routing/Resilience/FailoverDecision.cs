using Platform.Routing.Policies;

namespace Platform.Routing.Resilience;

internal enum FailoverAction
{
    /// <summary>The caller gets the failure.</summary>
    GiveUp,

    /// <summary>Once more at the same target, after <see cref="FailoverStep.Pause"/>.</summary>
    Retry,

    /// <summary>At once, at the next target.</summary>
    Fallback,
}

/// <param name="Pause">Before a retry.</param>
internal readonly record struct FailoverStep(FailoverAction Action, TimeSpan Pause)
{
    public static readonly FailoverStep GiveUp = new(FailoverAction.GiveUp, TimeSpan.Zero);

    public static readonly FailoverStep Fallback = new(FailoverAction.Fallback, TimeSpan.Zero);
}

/// <summary>How far a call is, when an attempt of it has failed.</summary>
/// <param name="Attempts">Made so far, this one included.</param>
/// <param name="AttemptsHere">Of these, one after another, at the target that failed now.</param>
/// <param name="HasNext">Another target may be tried.</param>
/// <param name="TimeLeft">Until the call's own deadline.</param>
internal readonly record struct FailoverView(FailureKinds Kind, TimeSpan RetryAfter, int Attempts, int AttemptsHere, bool HasNext, TimeSpan TimeLeft);

/// <summary>What follows a failed attempt. Pure; whether the retry budget has something left is asked afterwards.</summary>
internal static class FailoverDecision
{
    /// <summary>A provider that wants more patience than this is not asked again by the same call.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <param name="jitter">0 up to 1, by chance.</param>
    public static FailoverStep Decide(RouteFailover policy, in FailoverView view, double jitter)
    {
        if (view.Kind == FailureKinds.None || view.Attempts >= policy.MaxAttempts || view.TimeLeft <= TimeSpan.Zero)
        {
            return FailoverStep.GiveUp;
        }

        var mayFallBack = view.HasNext && policy.FallbackOn.HasFlag(view.Kind);

        // One retry here, as long as somebody else is left to ask.
        if (policy.RetryOn.HasFlag(view.Kind) && (!mayFallBack || view.AttemptsHere == 1))
        {
            var pause = Pause(policy.Backoff, view, jitter);
            if (pause <= LongestPause && pause < view.TimeLeft)
            {
                return new FailoverStep(FailoverAction.Retry, pause);
            }
        }

        return mayFallBack ? FailoverStep.Fallback : FailoverStep.GiveUp;
    }

    /// <summary>Doubled each time; between half of it and all of it, so that those who failed together do not come back together; never less than was asked for.</summary>
    private static TimeSpan Pause(TimeSpan backoff, in FailoverView view, double jitter)
    {
        var doubled = backoff * (1 << Math.Min(view.AttemptsHere - 1, 10));
        var cut = doubled < LongestPause ? doubled : LongestPause;
        var pause = cut * (0.5 + (jitter / 2));
        return pause > view.RetryAfter ? pause : view.RetryAfter;
    }
}
