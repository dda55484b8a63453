using System.Diagnostics;
using System.Diagnostics.Metrics;
using Platform.Contracts.Metering.V1;
using Platform.Rating;
using Platform.Routing.Attempts;
using Platform.Routing.Health;
using Platform.Routing.Journal;
using Platform.Routing.Policies;

namespace Platform.Routing.Telemetry;

/// <summary>What the gateway measures: model calls by OpenTelemetry's <c>gen_ai.*</c> names, its own work as <c>kt.routing.*</c>.</summary>
internal sealed class RoutingMetrics
{
    public static readonly ActivitySource Source = new("Platform.Routing");

    private readonly Histogram<double> _operation;
    private readonly Histogram<long> _tokens;
    private readonly Histogram<double> _gateway;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _aboveBound;
    private readonly Counter<long> _triedAgain;
    private readonly Counter<long> _budgetSpent;
    private readonly Counter<long> _opened;
    private readonly Counter<long> _sweepsFailed;

    public RoutingMetrics(IMeterFactory meters, AttemptJournal journal, TargetBoard board, TimeProvider time)
    {
        var meter = meters.Create("Platform.Routing");
        _operation = meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Duration of a model call, the gateway's part included.");
        _tokens = meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens of a model call.");
        _gateway = meter.CreateHistogram<double>("kt.routing.gateway.duration", "s", "What the gateway needs from a call's arrival to its sending.");
        _attempts = meter.CreateCounter<long>("kt.routing.attempts", "{attempt}", "Attempts by how they ended.");
        _refusals = meter.CreateCounter<long>("kt.routing.refusals", "{call}", "Calls that the gateway refused, by code.");
        _aboveBound = meter.CreateCounter<long>("kt.routing.above_bound", "{attempt}", "Attempts that cost more than their bound.");
        _triedAgain = meter.CreateCounter<long>("kt.routing.failovers", "{attempt}", "Attempts that followed a failed one of their call, by how and after what.");
        _budgetSpent = meter.CreateCounter<long>("kt.routing.retry_budget.spent", "{call}", "Calls that would have been tried again, had their target set's retry budget not been spent.");
        _opened = meter.CreateCounter<long>("kt.routing.breaker.opened", "{event}", "How often a target's circuit breaker opened.");
        _sweepsFailed = meter.CreateCounter<long>("kt.routing.scheduled.failed_sweeps", "{sweep}", "How often what is left of work that waits could not be swept up.");
        meter.CreateObservableGauge("kt.routing.target.left_alone", () => board.All().Select(pair => Gauge(pair.Target, pair.State)), "{target}", "1 while a target is left alone, 0 while calls may go there.");
        meter.CreateObservableGauge("kt.routing.journal.in_flight", () => journal.Standing().InFlight, "{attempt}", "Attempts without an end.");
        meter.CreateObservableGauge("kt.routing.journal.unshipped", () => journal.Standing().Unshipped, "{attempt}", "Ended attempts that Metering has not acknowledged.");
        meter.CreateObservableGauge(
            "kt.routing.journal.unshipped_age", () => journal.Standing().OldestUnshippedAt is { } oldest ? (time.GetUtcNow() - oldest).TotalSeconds : 0, "s",
            "How long the oldest of them has been waiting.");
    }

    /// <summary>Somebody measures what becomes of attempts; else nothing is made for it.</summary>
    private bool IsListenedTo => _operation.Enabled || _gateway.Enabled || _tokens.Enabled || _attempts.Enabled || _aboveBound.Enabled;

    public void Finished(Attempt attempt, TokenCounts tokens, Outcome outcome, TimeSpan total, TimeSpan gateway, bool aboveBound)
    {
        if (!IsListenedTo)
        {
            return;
        }

        var tags = TagsOf(attempt);
        _operation.Record(total.TotalSeconds, tags);
        _gateway.Record(gateway.TotalSeconds, tags);
        _tokens.Record(tokens.Input + tokens.CachedInput + tokens.CacheWrite, [.. tags, new("gen_ai.token.type", "input")]);
        _tokens.Record(tokens.Output + tokens.Reasoning, [.. tags, new("gen_ai.token.type", "output")]);
        _attempts.Add(1, [.. tags, new("kt.outcome", outcome.ToString())]);
        if (aboveBound)
        {
            _aboveBound.Add(1, tags);
        }
    }

    public void Ended(Attempt attempt, string how) => _attempts.Add(1, [.. TagsOf(attempt), new("kt.outcome", how)]);

    /// <param name="how">retry or fallback.</param>
    public void TriedAgain(RouteTarget failed, string how, FailureKinds after) =>
        _triedAgain.Add(1, new("kt.target", failed.Name), new("kt.how", how), new("error.type", after.ToString()));

    public void BudgetSpent(string set) => _budgetSpent.Add(1, new KeyValuePair<string, object?>("kt.target_set", set));

    public void Opened(RouteTarget target) => _opened.Add(1, new KeyValuePair<string, object?>("kt.target", target.Name));

    public void SweepFailed() => _sweepsFailed.Add(1);

    public void Refused(string code) => _refusals.Add(1, new KeyValuePair<string, object?>("error.type", code));

    private static Measurement<int> Gauge(string target, TargetState state) =>
        new(state.Look().Availability == Availability.Open ? 1 : 0, new KeyValuePair<string, object?>("kt.target", target));

    private static KeyValuePair<string, object?>[] TagsOf(Attempt attempt) =>
    [
        new("gen_ai.operation.name", attempt.Call.Shape.Operation),
        new("gen_ai.system", attempt.Target.Provider.Name),
        new("gen_ai.request.model", attempt.Call.Model.Name),
    ];
}
