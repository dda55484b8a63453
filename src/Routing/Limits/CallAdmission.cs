using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Limits;

/// <summary>Has calls and their attempts pass their rate limits, and tells of those that were refused or had to wait.</summary>
internal sealed class CallAdmission(CallLimits limits, DeniedCalls denied, TimeProvider time)
{
    /// <summary>Draws what the call needs of its limits into <see cref="Call.Limits"/>; null when it may go on.</summary>
    /// <param name="first">Where it would go first: what it could cost is told by that, should it be refused.</param>
    public async ValueTask<LimitRefusal?> TryAdmitAsync(Call call, TargetOption first, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await limits.AcquireAsync(call.Policy.Limits, FactsOf(call), Estimate(call.Request, first.Target), cancellationToken);
            call.Limits = outcome.Permit ?? LimitPermit.None;
            if (outcome.Refusal is { } refusal)
            {
                Tell(call, first, refusal);
            }

            call.Delayed = DelayedOf(call, first.Target, first.Prices, outcome.Delayed);
            return outcome.Refusal;
        }
        catch (OperationCanceledException)
        {
            return LimitRefusal.CallerGone;
        }
    }

    /// <summary>As <see cref="TryAdmitAsync(Call, TargetOption, CancellationToken)"/>, of a request that uses no tokens and is no demand.</summary>
    public async ValueTask<LimitRefusal?> TryAdmitFreeAsync(Call call, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await limits.AcquireAsync(call.Policy.Limits, FactsOf(call), estimatedTokens: 0, cancellationToken);
            call.Limits = outcome.Permit ?? LimitPermit.None;
            return outcome.Refusal;
        }
        catch (OperationCanceledException)
        {
            return LimitRefusal.CallerGone;
        }
    }

    /// <summary>Draws what an attempt needs of its provider's limits into <see cref="Attempt.ProviderLimits"/>; null when it may go on.</summary>
    public async ValueTask<LimitRefusal?> TryAdmitAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await limits.AcquireAttemptAsync(
                attempt.Call.Policy.Limits, attempt.Target.Provider.Name, Estimate(attempt.Call.Request, attempt.Target), mayQueue: attempt.Call.Item is null, cancellationToken);
            attempt.ProviderLimits = outcome.Permit ?? LimitPermit.None;
            attempt.Delayed = HeldBackOf(attempt, outcome) ?? DelayedOf(attempt.Call, attempt.Target, attempt.Prices, outcome.Delayed);
            return outcome.Refusal;
        }
        catch (OperationCanceledException)
        {
            return LimitRefusal.CallerGone;
        }
    }

    /// <summary>One event a refused call. Calls that could not be counted are not demand that a limit refused, nor is work that waits.</summary>
    public void Tell(Call call, TargetOption target, LimitRefusal refusal)
    {
        if (!refusal.IsDenied || call.Item is not null)
        {
            return;
        }

        denied.Tell(Of(call, target.Target, target.Prices));
    }

    /// <summary>
    /// One event a wait that ended well, once the attempt is sent, or decided: what waited and was refused for lack of money then is a refusal alone. The call's own is told with its first attempt.
    /// </summary>
    public void TellDelayed(Attempt attempt)
    {
        if (attempt.Call.Delayed is { } ofCall)
        {
            denied.Tell(ofCall);
        }

        if (attempt.Delayed is { } own)
        {
            denied.Tell(own);
        }

        attempt.Call.Delayed = attempt.Delayed = null;
    }

    /// <summary>
    /// Of work that limits have held back and all of them let through now: the time from the first refusal on; null for all else. Before that it waited for its window, which is what was asked for.
    /// </summary>
    private DemandDenied? HeldBackOf(Attempt attempt, LimitOutcome outcome)
    {
        if (outcome.Refusal is not null || attempt.Call.Item is not { LimitedSince: { } since } item)
        {
            return null;
        }

        attempt.Call.Item = item with { LimitedSince = null };
        return Waited(attempt.Call, attempt.Target, attempt.Prices, time.GetUtcNow() - since);
    }

    /// <summary>Null where nothing waited, and of work that limits have held back before, which is told of all its wait at once.</summary>
    private DemandDenied? DelayedOf(Call call, RouteTarget target, BillablePrices prices, TimeSpan delayed) =>
        delayed > TimeSpan.Zero && call.Item is not { LimitedSince: not null } ? Waited(call, target, prices, delayed) : null;

    private DemandDenied Waited(Call call, RouteTarget target, BillablePrices prices, TimeSpan delayed) =>
        Of(call, target, prices) with { DelayedMs = Math.Max(1, (long)delayed.TotalMilliseconds) };

    private DemandDenied Of(Call call, RouteTarget target, BillablePrices prices) =>
        DeniedCall.Of(Reasons.RateLimit, call.Caller, call.Labels, call.Lane, call.Request, target, prices, time.GetUtcNow().TruncateToMicroseconds());

    private static LimitFacts FactsOf(Call call) => FactsOf(call.Caller, call.Model, call.Lane) with { IsCounted = call.IsCounted, MayQueue = call.Item is null };

    public static LimitFacts FactsOf(Caller caller, RouteModel model, string lane) => new(caller.LineKeyId, caller.UserId, caller.TeamId, model.Name, lane)
    {
        RotatedKeyId = caller.KeyId == caller.LineKeyId ? "" : caller.KeyId,
    };

    /// <summary>Input at a token for four bytes, and all the output that may come: corrected when the call has ended.</summary>
    public static long Estimate(CallRequest request, RouteTarget target) =>
        CallEstimate.InputTokens(request) + (request.CapAt(target) * request.Choices);
}
