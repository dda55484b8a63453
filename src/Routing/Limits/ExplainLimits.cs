using Npgsql;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Policies;

namespace Platform.Routing.Limits;

/// <summary>Says which counts a call would come under, and whether each lets it pass now: by the decisions that calls meet, on a reading of the database that counts nothing.</summary>
internal sealed class ExplainLimits(CallLimits limits, LimitStore store, LimitClock clock)
{
    /// <summary>People wait for it, and all else that is explained needs no database.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    /// <param name="tokens">At which the call would be estimated.</param>
    /// <param name="providers">Of the attempts that it may have, each with the tokens that the first there would be estimated at.</param>
    public async Task<IReadOnlyList<LimitExplanation>> RunAsync(
        IReadOnlyList<RouteLimit> policy, LimitFacts facts, long tokens, IReadOnlyList<(string Provider, long Tokens)> providers, CancellationToken cancellationToken)
    {
        var ofCall = Order(limits.SubjectsOf(policy, facts), tokens);
        var seen = (List<Seen>)[.. ofCall, .. providers.SelectMany(one => Order(limits.SubjectsOf(policy, one.Provider), one.Tokens))];
        var reading = seen.Count == 0 ? null : await TryReadAsync([.. seen.Select(one => one.Gauge.Key)], cancellationToken);
        return
        [
            .. seen.Take(ofCall.Count).Select(one => Explain(one, reading)), .. Unsaid(policy, facts, tokens), .. seen.Skip(ofCall.Count).Select(one => Explain(one, reading)),
        ];
    }

    /// <summary>As all limits of the call together let it pass: the first that does not is what its caller hears of, but one that waits first of all may be refused by the next.</summary>
    public static string OutcomeOf(IEnumerable<LimitExplanation> limits)
    {
        var outcomes = limits.Where(limit => limit.Scope != NameOf(LimitScope.Provider)).Select(limit => limit.Outcome).ToList();
        return outcomes.Find(outcome => outcome is Outcomes.Refused or Outcomes.TooLarge)
            ?? outcomes.Find(outcome => outcome == Outcomes.Waits) ?? outcomes.Find(outcome => outcome == Outcomes.Unknown) ?? Outcomes.Passes;
    }

    /// <summary>As calls draw: parallel requests last.</summary>
    private static List<Seen> Order(List<SubjectCounts>? subjects, long tokens)
    {
        var all = (subjects ?? []).SelectMany(subject => subject.Gauges.Select(gauge => new Seen(subject.Limit, gauge, CallLimits.AmountOf(gauge, tokens))));
        return [.. all.OrderBy(one => one.Gauge is ParallelGauge)];
    }

    /// <summary>Null: it cannot be read now.</summary>
    private async Task<LimitReading?> TryReadAsync(List<GaugeKey> keys, CancellationToken cancellationToken)
    {
        using var time = new CancellationTokenSource(AnswerLimit, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, time.Token);
        try
        {
            return await store.ReadAsync(keys, either.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Those that a call of somebody would come under, where nobody said whose it is: left out they would read as if there were none.</summary>
    private static IEnumerable<LimitExplanation> Unsaid(IReadOnlyList<RouteLimit> policy, LimitFacts facts, long tokens) =>
        from limit in policy
        let unsaid = limit.Scope switch
        {
            LimitScope.Key => facts.KeyId.Length == 0 ? "key" : "",
            LimitScope.User => facts.UserId.Length == 0 && facts.KeyId.Length == 0 ? "user" : "",
            LimitScope.Team => facts.TeamId.Length == 0 ? "team" : "",
            LimitScope.Model or LimitScope.Lane or LimitScope.Provider or LimitScope.Global => "",
        }
        where unsaid.Length > 0
        from spec in SubjectCounts.Specs(limit)
        let detail = limit.Match.Length == 0 ? $"Each {unsaid} has a count of its own: say which {unsaid} calls." : $"It holds for {unsaid} {limit.Match} alone: say which {unsaid} calls."
        select Of(limit, spec, "", spec.CountsTokens ? tokens : 1, Outcomes.Unknown, detail);

    private static LimitExplanation Explain(Seen seen, LimitReading? reading)
    {
        var (limit, gauge, needs) = seen;
        var (ask, waiting) = gauge.Peek(needs);
        if (reading is null)
        {
            return Of(limit, gauge.Spec, gauge.Key.Subject, needs, Outcomes.Unknown, "The counts cannot be read now. Calls that find nothing in what gateways have set aside are refused with 503 until they can be.");
        }

        var (used, room, passes, wait) = ask.Count is { } count
            ? See(count, needs, waiting, reading.Counts.GetValueOrDefault(gauge.Key) ?? CountState.Empty, reading.Now)
            : See(ask.Slots!, needs, waiting, [.. reading.Holders[(gauge.Key.Limit, gauge.Key.Subject)]], reading.Now);
        var spec = gauge.Spec;
        var outcome = needs > spec.Burst ? Outcomes.TooLarge : passes ? Outcomes.Passes : spec.Queue > TimeSpan.Zero ? Outcomes.Waits : Outcomes.Refused;
        var explanation = Of(limit, spec, gauge.Key.Subject, needs, outcome, DetailOf(outcome, spec, wait, limit.Scope));
        (explanation.Used, explanation.Room) = (used, room);
        explanation.RoomInMs = outcome is Outcomes.Waits or Outcomes.Refused ? (long)Math.Ceiling(wait.TotalMilliseconds) : 0;
        return explanation;
    }

    private static (long Used, long Room, bool Passes, TimeSpan Wait) See(CountAsk ask, long needs, long waiting, CountState state, DateTimeOffset now)
    {
        var (used, free) = CountDecision.Look(state, ask, now);
        var room = Math.Max(0, free + ask.Held - waiting);
        return (Math.Max(0, used - ask.Held), room, needs <= room, CountDecision.Decide(state, ask, now).Answer.RetryAfter);
    }

    private static (long Used, long Room, bool Passes, TimeSpan Wait) See(SlotAsk ask, long needs, long waiting, List<SlotHolder> holders, DateTimeOffset now)
    {
        var (free, underWay) = (SlotDecision.Free(holders, ask, now), ask.Wanted - waiting - needs);
        var passes = (waiting == 0 && ask.Wanted <= ask.Pledged) || SlotDecision.Decide(holders, ask, now).Answer.Allowed >= ask.Wanted;
        return (Math.Min(ask.Spec.Limit, ask.Spec.Limit - free + underWay), Math.Max(0, free - underWay - waiting), passes, TimeSpan.Zero);
    }

    private static string DetailOf(string outcome, GaugeSpec spec, TimeSpan wait, LimitScope scope)
    {
        var room = spec.Measure == LimitMeasure.ParallelRequests ? "there is room when a call ends" : $"there is room in {RateLimitHeaders.Format(wait)} at the latest, if nothing else comes";
        var refused = scope == LimitScope.Provider
            ? "an attempt there counts as rate_limit, and goes on to the next target where the route falls back on that"
            : "such a call is answered 429";
        return outcome switch
        {
            Outcomes.Passes => "There is room.",
            Outcomes.TooLarge => $"At most {spec.Burst} {spec.What} are ever admitted at once, so such a call is refused, and waiting does not help.",
            Outcomes.Waits => $"No room: such a call waits up to {RateLimitHeaders.Format(spec.Queue)}, and then {(scope == LimitScope.Provider ? refused : "is answered 429")}; {room}.",
            _ => $"No room: {refused}; {room}.",
        };
    }

    private static LimitExplanation Of(RouteLimit limit, GaugeSpec spec, string subject, long needs, string outcome, string detail) => new()
    {
        Limit = limit.Name, Scope = NameOf(limit.Scope), Subject = subject, Measure = spec.Name, Most = spec.Limit, Needs = needs, Outcome = outcome,
        QueueMs = (long)spec.Queue.TotalMilliseconds, Detail = detail,
    };

    private static string NameOf(LimitScope scope) => scope.ToString().ToLowerInvariant();

    /// <param name="Needs">What the call would draw of it.</param>
    private sealed record Seen(RouteLimit Limit, Gauge Gauge, long Needs);

    private static class Outcomes
    {
        public const string Passes = "passes";
        public const string Waits = "waits";
        public const string Refused = "refused";
        public const string TooLarge = "too_large";
        public const string Unknown = "unknown";
    }
}
