using Platform.Routing.Policies;

namespace Platform.Routing.Limits;

/// <summary>
/// Has a call pass its rate limits, or refuses it. Drawn in memory, from slices that <see cref="LimitSync"/> brings ahead of demand; only where a slice is empty
/// the call waits for the database, once, or as long as the limit lets calls queue.
/// </summary>
internal sealed class CallLimits(LimitCounts counts, LimitClock clock, LimitMetrics metrics)
{
    private LimitIndex _index = new([]);

    /// <summary>The limits of a call: by key, user, team, model, lane, and of all calls.</summary>
    /// <param name="limits">Of the policy that the call began with.</param>
    /// <param name="estimatedTokens">Input and output, 0 or more; corrected by <see cref="LimitPermit.Settle"/>.</param>
    public ValueTask<LimitOutcome> AcquireAsync(IReadOnlyList<RouteLimit> limits, LimitFacts facts, long estimatedTokens, CancellationToken cancellationToken) =>
        DrawAsync(SubjectsOf(limits, facts), estimatedTokens, facts.IsCounted, facts.MayQueue, cancellationToken);

    /// <summary>The limits of an attempt: those of its provider.</summary>
    /// <param name="mayQueue">As <see cref="LimitFacts.MayQueue"/>.</param>
    public ValueTask<LimitOutcome> AcquireAttemptAsync(IReadOnlyList<RouteLimit> limits, string provider, long estimatedTokens, bool mayQueue, CancellationToken cancellationToken) =>
        DrawAsync(SubjectsOf(limits, provider), estimatedTokens, isCounted: false, mayQueue, cancellationToken);

    /// <summary>The counts that a call comes under, and draws nothing of; null: none.</summary>
    public List<SubjectCounts>? SubjectsOf(IReadOnlyList<RouteLimit> limits, LimitFacts facts)
    {
        var index = IndexOf(limits);
        if (index.IsEmpty)
        {
            return null;
        }

        List<SubjectCounts>? found = null;
        index.Find(LimitScope.Key, facts.KeyId, counts, ref found);
        index.FindNamed(LimitScope.Key, facts.RotatedKeyId, counts, ref found);
        index.Find(LimitScope.User, facts.UserId, counts, ref found);
        index.Find(LimitScope.Team, facts.TeamId, counts, ref found);
        index.Find(LimitScope.Model, facts.Model, counts, ref found);
        index.Find(LimitScope.Lane, facts.Lane, counts, ref found);
        index.Find(LimitScope.Global, "", counts, ref found);
        return found;
    }

    /// <summary>As <see cref="SubjectsOf(IReadOnlyList{RouteLimit}, LimitFacts)"/>, of an attempt.</summary>
    public List<SubjectCounts>? SubjectsOf(IReadOnlyList<RouteLimit> limits, string provider)
    {
        var index = IndexOf(limits);
        List<SubjectCounts>? found = null;
        if (!index.IsEmpty)
        {
            index.Find(LimitScope.Provider, provider, counts, ref found);
        }

        return found;
    }

    private LimitIndex IndexOf(IReadOnlyList<RouteLimit> limits)
    {
        var index = Volatile.Read(ref _index);
        if (!ReferenceEquals(index.Limits, limits))
        {
            index = new LimitIndex(limits);
            Volatile.Write(ref _index, index);
        }

        return index;
    }

    private ValueTask<LimitOutcome> DrawAsync(List<SubjectCounts>? subjects, long tokens, bool isCounted, bool mayQueue, CancellationToken cancellationToken)
    {
        if (subjects is null)
        {
            return new(new LimitOutcome(LimitPermit.None, null));
        }

        var permit = new LimitPermit(tokens, mayQueue);
        var gauges = Order(subjects, permit, isCounted);
        for (var i = 0; i < gauges.Count; i++)
        {
            if (!gauges[i].TryDraw(AmountOf(gauges[i], tokens), permit))
            {
                return new(DrawSlowlyAsync(subjects, i, tokens, isCounted, permit, cancellationToken));
            }
        }

        return new(new LimitOutcome(permit, null));
    }

    /// <summary>From the count that had too little on, one after the other; what earlier ones gave stays drawn meanwhile.</summary>
    private async Task<LimitOutcome> DrawSlowlyAsync(
        List<SubjectCounts> subjects, int first, long tokens, bool isCounted, LimitPermit permit, CancellationToken cancellationToken)
    {
        var arrived = clock.Now;
        var isDrawn = false;
        try
        {
            for (var i = first; i < permit.Gauges.Count; i++)
            {
                var gauge = permit.Gauges[i];
                var amount = AmountOf(gauge, tokens);
                var outcome = await gauge.DrawAsync(amount, permit, arrived, cancellationToken);
                if (outcome == DrawOutcome.Retired)
                {
                    return await AgainAsync(subjects, tokens, isCounted, permit.MayQueue, cancellationToken);
                }

                if (outcome != DrawOutcome.Drawn)
                {
                    metrics.Refused(gauge.Key.Measure, outcome);
                    return new LimitOutcome(null, LimitRefusal.Of(outcome, gauge, amount, permit));
                }
            }

            var waited = clock.Between(arrived, clock.Now);
            metrics.Waited(waited);
            permit.Redate();
            isDrawn = true;
            return new LimitOutcome(permit, null, permit.IsDelayed ? waited : TimeSpan.Zero);
        }
        finally
        {
            if (!isDrawn)
            {
                permit.GiveBack();
            }
        }
    }

    /// <summary>A count was dropped as idle in the moment that this call came.</summary>
    private async Task<LimitOutcome> AgainAsync(List<SubjectCounts> subjects, long tokens, bool isCounted, bool mayQueue, CancellationToken cancellationToken) =>
        await DrawAsync([.. subjects.Select(subject => counts.Renew(subject.Limit, subject.Subject))], tokens, isCounted, mayQueue, cancellationToken);

    private static IReadOnlyList<Gauge> Order(List<SubjectCounts> subjects, LimitPermit permit, bool isCounted)
    {
        foreach (var subject in subjects)
        {
            foreach (var gauge in subject.Gauges)
            {
                if (gauge is CountGauge && (gauge.Spec.CountsTokens || !isCounted))
                {
                    permit.Under(gauge);
                }
            }
        }

        foreach (var subject in subjects)
        {
            if (subject.Gauges.Count > 0 && subject.Gauges[^1] is ParallelGauge parallel)
            {
                permit.Under(parallel);
            }
        }

        return permit.Gauges;
    }

    public static long AmountOf(Gauge gauge, long tokens) => gauge.Spec.CountsTokens ? tokens : 1;
}

/// <summary>A permit or a refusal.</summary>
/// <param name="Delayed">How long the call waited because a limit had nothing left for it; zero where it waited for the counts alone.</param>
internal readonly record struct LimitOutcome(LimitPermit? Permit, LimitRefusal? Refusal, TimeSpan Delayed = default);
