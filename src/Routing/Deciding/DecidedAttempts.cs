using System.Collections.Concurrent;
using Platform.Routing.Attempts;
using Platform.Routing.Health;

namespace Platform.Routing.Deciding;

/// <summary>
/// The attempts that others send, from their decision to their end, in this replica's memory; what must survive it is in the journal. It ends those whose platform does
/// not come back, and remembers ended ones for a while, so that a repeat is answered as before.
/// </summary>
internal sealed class DecidedAttempts(AttemptRecords records, TimeProvider time) : BackgroundService
{
    /// <summary>More at once are a platform that decides and does not call. Of one team fewer, so that it keeps nobody else out.</summary>
    private const int Most = 20_000;

    private const int MostOfTeam = 2_000;

    /// <summary>How long the end of an attempt is known.</summary>
    public static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, DecidedAttempt> _attempts = new();
    private readonly ConcurrentDictionary<string, int> _openOfTeam = new(StringComparer.Ordinal);
    private int _open;

    /// <summary>True when the team, or all together, have as many open as there may be.</summary>
    public bool IsFullFor(string teamId) => Volatile.Read(ref _open) >= Most || _openOfTeam.GetValueOrDefault(teamId) >= MostOfTeam;

    public void Add(DecidedAttempt decided)
    {
        Interlocked.Increment(ref _open);
        _openOfTeam.AddOrUpdate(decided.Attempt.Call.Caller.TeamId, 1, (_, open) => open + 1);
        _attempts[decided.Attempt.AttemptId] = decided;
    }

    /// <summary>Null when there is no such attempt here, or it is another team's.</summary>
    /// <param name="teamId">Null: a service asks, which acts for all.</param>
    public DecidedAttempt? Find(Guid attemptId, string? teamId) =>
        _attempts.TryGetValue(attemptId, out var decided) && (teamId is null || decided.Attempt.Call.Caller.TeamId == teamId) ? decided : null;

    /// <summary>Ends an attempt, behind its gate, and says of its target what the end shows.</summary>
    public void End(DecidedAttempt decided, DecidedState state, TargetVerdict verdict, long costNanos = 0, TimeSpan retryAfter = default, string failure = "")
    {
        var attempt = decided.Attempt;
        var firstToken = attempt.Answered == 0 ? TimeSpan.Zero : time.GetElapsedTime(attempt.Sent, attempt.Answered);
        decided.Become(state, time.GetTimestamp(), costNanos);
        decided.Selection.Option.State.Leave(decided.Selection.Pass, verdict, firstToken, retryAfter, failure);
        attempt.EndProviderLimits();
        attempt.Call.Limits.Dispose();
        attempt.Activity?.Dispose();
        Interlocked.Decrement(ref _open);
        var team = attempt.Call.Caller.TeamId;
        _openOfTeam.AddOrUpdate(team, 0, (_, open) => open - 1);
        _openOfTeam.TryRemove(new KeyValuePair<string, int>(team, 0));
    }

    /// <summary>Looks at all of them once.</summary>
    internal void Sweep()
    {
        foreach (var (id, decided) in _attempts)
        {
            lock (decided.Gate)
            {
                if (time.GetElapsedTime(decided.Since) < decided.Limit)
                {
                    continue;
                }

                switch (decided.State)
                {
                    case DecidedState.Decided:
                        GiveBack(decided, DecidedState.Expired, "not marked sent in time");
                        break;
                    case DecidedState.Sent:
                        records.Unknown(decided.Attempt, "not reported in time");
                        End(decided, DecidedState.Suspended, TargetVerdict.Neither);
                        break;
                    default:
                        _attempts.TryRemove(id, out _);
                        break;
                }
            }
        }
    }

    /// <summary>Nothing was sent: behind the attempt's gate, its money goes back.</summary>
    public void GiveBack(DecidedAttempt decided, DecidedState state, string reason, TargetVerdict verdict = TargetVerdict.Neither)
    {
        if (decided.State == DecidedState.Decided)
        {
            records.Undo(decided.Attempt, reason);
        }
        else
        {
            records.Unsent(decided.Attempt, reason);
        }

        End(decided, state, verdict, failure: verdict == TargetVerdict.Failed ? "could not be reached" : "");
    }

    /// <summary>What was decided and not marked goes back at once; what was sent is in the journal, and its next start brings it to suspense.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var decided in _attempts.Values)
        {
            lock (decided.Gate)
            {
                if (decided.State == DecidedState.Decided)
                {
                    GiveBack(decided, DecidedState.Expired, "the gateway stopped");
                }
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(LookInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Sweep();
        }
    }
}
