namespace Platform.Routing.Health;

/// <summary>How an attempt ended, as far as it says something about its target.</summary>
internal enum TargetVerdict
{
    /// <summary>Nothing: not sent after all, or refused for what the caller sent.</summary>
    Neither,
    Succeeded,

    /// <summary>The target has had enough for now of the key that the attempt came with.</summary>
    RateLimited,

    /// <summary>No connection, no whole answer, or an error of its own.</summary>
    Failed,

    /// <summary>It forbade this access, or perhaps only this call (403): it takes several.</summary>
    Forbidden,

    /// <summary>It will refuse every call of this access until an operator has set it right.</summary>
    Misconfigured,
}

/// <summary>Whether a target is to be tried, best first.</summary>
internal enum Availability
{
    /// <summary>Half-open counts too: the next attempt is what shows that it is well.</summary>
    Available,

    /// <summary>It has asked to be left alone for a while by this key (429): only when nothing else is left.</summary>
    Resting,

    /// <summary>Not to be tried.</summary>
    Open,
}

/// <summary>How a target stands at one moment, in this replica.</summary>
/// <param name="FirstTokenMs">A decaying average from sending to the answer's beginning; 0 while nothing is known.</param>
/// <param name="OpenAttempts">Sent and not ended.</param>
internal readonly record struct TargetSnapshot(Availability Availability, double FirstTokenMs, int OpenAttempts);

/// <summary>What people see of a target.</summary>
/// <param name="ReopensIn">Until an open one is tried again, or a resting one as others; zero when it is tried.</param>
internal sealed record TargetStanding(
    BreakerState State, bool IsResting, TimeSpan ReopensIn, int FailuresInARow, int WindowAttempts, int WindowFailures, double FirstTokenMs, int OpenAttempts,
    string LastFailure, DateTimeOffset? LastFailureAt);

/// <summary>What this replica knows of one target: its breaker, which accesses it refuses, which keys have had enough, how fast it answers, how much it is doing. For any number of threads.</summary>
internal sealed class TargetState(BreakerOptions options, ProviderState provider, TimeProvider time)
{
    /// <summary>A 429 that names no time.</summary>
    private static readonly TimeSpan ShortRest = TimeSpan.FromSeconds(1);

    /// <summary>No provider's word is taken for longer.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    /// <summary>The share of the newest answer in the average.</summary>
    private const double NewestShare = 0.2;

    private readonly Lock _gate = new();
    private readonly CircuitBreaker _breaker = new(options);
    private readonly RefusedAccesses _refused = new(options);
    private readonly RestingKeys _resting = new();
    private readonly ReportedStandings _reported = new(options);
    private readonly long _origin = time.GetTimestamp();
    private double _firstTokenMs;
    private int _open;
    private string _lastFailure = "";
    private DateTimeOffset? _lastFailureAt;

    public ProviderState Provider { get; } = provider;

    /// <param name="access">By which calls would come; left out: with the provider's own key on any route.</param>
    public TargetSnapshot Look(TargetAccess access = default)
    {
        lock (_gate)
        {
            var now = Now;
            var (restsUntil, firstTokenMs, isLeft) = (_resting.Until(access), _firstTokenMs, false);
            if (access.Reporter is { } reporter)
            {
                var (reportedUntil, reportedMs) = (_reported.RestsUntil(reporter), _reported.FirstTokenMs(reporter));
                restsUntil = reportedUntil > restsUntil ? reportedUntil : restsUntil;
                firstTokenMs = reportedMs > 0 ? reportedMs : firstTokenMs;
                isLeft = _reported.Peek(reporter, now) == BreakerPass.Refused;
            }

            var isOpen = isLeft || Provider.IsDown || _breaker.Peek(now) == BreakerPass.Refused || _refused.Peek(access, now) == BreakerPass.Refused;
            return new TargetSnapshot(isOpen ? Availability.Open : now < restsUntil ? Availability.Resting : Availability.Available, firstTokenMs, _open);
        }
    }

    /// <param name="access">As for <see cref="Look"/>.</param>
    public TargetStanding Stand(TargetAccess access = default)
    {
        lock (_gate)
        {
            var now = Now;
            var breaker = _breaker.StateAt(now) == BreakerState.Closed && _refused.Find(access) is { } refused ? refused : _breaker;
            var restsUntil = _resting.Until(access);
            var until = breaker.OpenUntil > restsUntil ? breaker.OpenUntil : restsUntil;
            return new TargetStanding(
                breaker.StateAt(now), now < restsUntil, until > now ? until - now : TimeSpan.Zero, breaker.FailuresInARow, breaker.WindowAttempts,
                breaker.WindowFailures, _firstTokenMs, _open, _lastFailure, _lastFailureAt);
        }
    }

    /// <summary>An attempt is about to go to the target. What is not refused must <see cref="Leave"/>, exactly once.</summary>
    public TargetPass TryEnter(TargetAccess access = default)
    {
        lock (_gate)
        {
            var now = Now;
            var isRefused = Provider.IsDown || _refused.Peek(access, now) == BreakerPass.Refused;
            if (!isRefused && access.Reporter is { } reporter)
            {
                return EnterReported(access, reporter, now);
            }

            var pass = isRefused ? BreakerPass.Refused : _breaker.TryPass(now);
            if (pass == BreakerPass.Refused)
            {
                return new TargetPass(access, pass, pass);
            }

            _open++;
            return new TargetPass(access, pass, _refused.TryPass(access, now));
        }
    }

    /// <param name="firstToken">From sending to the answer's beginning; zero when there was none.</param>
    /// <param name="retryAfter">With <see cref="TargetVerdict.RateLimited"/>: what the provider asked for; zero when it named nothing.</param>
    /// <param name="failure">What was wrong, for people.</param>
    /// <returns>True when this opened a breaker.</returns>
    public bool Leave(in TargetPass pass, TargetVerdict verdict, TimeSpan firstToken = default, TimeSpan retryAfter = default, string failure = "")
    {
        lock (_gate)
        {
            var now = Now;
            _open--;
            if (pass.Access.Reporter is { } reporter)
            {
                return LeaveReported(pass.Target, reporter, verdict, firstToken, now + Rest(retryAfter), now);
            }

            switch (verdict)
            {
                case TargetVerdict.Succeeded:
                    Provider.Heard();
                    _firstTokenMs = Learn(_firstTokenMs, firstToken);
                    _refused.Succeeded(pass, now);
                    _breaker.Succeeded(pass.Target, now);
                    return false;
                case TargetVerdict.RateLimited:
                    Provider.Heard();
                    _resting.Rest(pass.Access, now + Rest(retryAfter));
                    Note(failure);
                    return SayNothing(pass);
                case TargetVerdict.Failed:
                    Note(failure);
                    _refused.Neither(pass);
                    return _breaker.Failed(pass.Target, now);
                case TargetVerdict.Forbidden or TargetVerdict.Misconfigured:
                    Note(failure);
                    _breaker.Neither(pass.Target);
                    return _refused.Refused(pass, now, isFinal: verdict == TargetVerdict.Misconfigured);
                case TargetVerdict.Neither:
                    return SayNothing(pass);
                default:
                    throw new ArgumentOutOfRangeException(nameof(verdict));
            }
        }
    }

    /// <summary>Its provider answers: an open breaker need not wait any longer for its next attempt.</summary>
    public void MayBeWell()
    {
        lock (_gate)
        {
            _breaker.EndCoolDown(Now);
            _refused.EndCoolDowns(Now);
            _reported.EndCoolDowns(Now);
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>Whoever's reports are believed for its own decisions alone is no probe for all: a half-open target takes it beside that.</summary>
    private TargetPass EnterReported(in TargetAccess access, string reporter, TimeSpan now)
    {
        var pass = _breaker.Peek(now) == BreakerPass.Refused ? BreakerPass.Refused : _reported.TryPass(reporter, now);
        _open += pass == BreakerPass.Refused ? 0 : 1;
        return new TargetPass(access, pass, BreakerPass.Normal);
    }

    /// <param name="restsUntil">Should the verdict be that it is to rest.</param>
    private bool LeaveReported(BreakerPass pass, string reporter, TargetVerdict verdict, TimeSpan firstToken, TimeSpan restsUntil, TimeSpan now)
    {
        switch (verdict)
        {
            case TargetVerdict.Succeeded:
                _reported.Succeeded(reporter, pass, now, before => Learn(before, firstToken));
                return false;
            case TargetVerdict.Failed:
                return _reported.Failed(reporter, pass, now);
            case TargetVerdict.RateLimited:
                _reported.Rest(reporter, pass, restsUntil);
                return false;
            default:
                // What a provider thinks of a platform's own key is the platform's.
                _reported.Neither(reporter, pass);
                return false;
        }
    }

    private static TimeSpan Rest(TimeSpan asked) => asked <= TimeSpan.Zero ? ShortRest : asked < LongestRest ? asked : LongestRest;

    private bool SayNothing(in TargetPass pass)
    {
        _refused.Neither(pass);
        _breaker.Neither(pass.Target);
        return false;
    }

    /// <summary>The average of first tokens with one more; zero tells nothing.</summary>
    private static double Learn(double averageMs, TimeSpan firstToken)
    {
        var ms = firstToken.TotalMilliseconds;
        return ms <= 0 ? averageMs : averageMs == 0 ? ms : averageMs + (NewestShare * (ms - averageMs));
    }

    private void Note(string failure) => (_lastFailure, _lastFailureAt) = (failure, time.GetUtcNow());
}
