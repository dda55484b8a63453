using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Attempts;
using Platform.Routing.Choosing;
using Platform.Routing.Health;
using Platform.Routing.Journal;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;
using Platform.Routing.Telemetry;

namespace Platform.Routing.Calls;

/// <summary>
/// The attempts of one call, one after another, until the caller has an answer or the policy allows no other. Each is funded, journalled, priced and ended on its
/// own, and has its end, be it suspense, before the next begins. The wallet's refusal ends the call: no other target is tried then.
/// </summary>
internal sealed class AttemptLoop(
    TargetChooser chooser, CallAdmission admission, AttemptFactory factory, AttemptFunding funding, AttemptRecords records, Forwarder forwarder, RetryBudgets budgets,
    RoutingMetrics metrics, MisconfiguredTargets misconfigured, IOptions<GatewayOptions> options, Random random, TimeProvider time)
{
    /// <summary>Null when the caller has been answered.</summary>
    public async Task<ApiError?> RunAsync(HttpContext http, Call call)
    {
        if (chooser.TryStart(call, out var choices) is { } nobody)
        {
            return nobody;
        }

        if (await admission.TryAdmitAsync(call, choices!.First, http.RequestAborted) is { } limited)
        {
            limited.WriteHeaders(http.Response.Headers);
            return limited.Error;
        }

        using var limits = call.Limits;
        RateLimitHeaders.Write(http.Response.Headers, limits.Gauges);
        var budget = budgets.Of(call.Route.Name);
        budget.CountCall();
        if (!choices.TryNext(after: null, out var selection))
        {
            return LeftAlone(http, choices);
        }

        Attempt? before = null;
        for (int place = 1, number = 1, tries = 1, here = 1; ; tries++)
        {
            // 4. The target's price, and what the attempt can cost there at most.
            using var attempt = factory.Make(call, selection, place, number, before?.AttemptId);
            var result = await TryAsync(http, attempt, selection);
            if (result.Answer is null)
            {
                return result.Refusal;
            }

            using var answer = result.Answer;
            if (result.Verdict == TargetVerdict.Succeeded)
            {
                await GiveAsync(http, call, answer, attempt.Target);
                return null;
            }

            var view = new FailoverView(result.Failure.Kind, result.Failure.RetryAfter, tries, here, choices.HasNext, TimeLeft(http, call));
            if (await NextAsync(http, call, choices, answer.Limit is null ? budget : null, selection, result.Failure, view) is not { } next)
            {
                if (answer.Limit is { } limit)
                {
                    admission.Tell(call, selection.Option, limit);
                }

                ClientRetries.ForbidWhereBilled(http.Response, call, result.Failure.Kind);
                await GiveAsync(http, call, answer, attempt.Target);
                return null;
            }

            // What a limit of its provider refused here was no attempt, and one whose provider could not be reached was not sent: no record has it, so none may say that it repeats it, or comes after it.
            place += answer.Limit is null ? 1 : 0;
            if (answer.Limit is null && !attempt.IsUnsent)
            {
                (before, number) = (attempt, number + 1);
            }

            here = next.Option == selection.Option ? here + 1 : 1;
            selection = next;
        }
    }

    /// <summary>One attempt from its money to its end.</summary>
    private async Task<AttemptResult> TryAsync(HttpContext http, Attempt attempt, TargetSelection selection)
    {
        using var span = attempt.Activity;
        var result = AttemptResult.Refused(ApiError.JournalUnwritable);
        try
        {
            result = await admission.TryAdmitAsync(attempt, http.RequestAborted) is { } limited ? Limited(limited) : await FundAndSendAsync(http, attempt);
        }
        catch (JournalUnwritableException)
        {
            // Nothing was sent.
        }
        finally
        {
            if (attempt.AwaitsEnd)
            {
                // Only a fault of the gateway's own gets here; what was sent is recorded all the same.
                records.Unknown(attempt, "gateway failed while the provider answered");
            }

            attempt.EndProviderLimits();
            var firstToken = attempt.Answered == 0 ? TimeSpan.Zero : time.GetElapsedTime(attempt.Sent, attempt.Answered);
            if (selection.Option.State.Leave(selection.Pass, result.Verdict, firstToken, result.Failure.RetryAfter, result.Failure.Reason ?? ""))
            {
                metrics.Opened(selection.Option.Target);
            }

            if (result.Failure is { Kind: FailureKinds.Misconfigured, Reason: { } reason })
            {
                misconfigured.Tell(attempt, reason);
            }
        }

        return result;
    }

    private static AttemptResult Limited(LimitRefusal limit) => AttemptResult.Failed(
        TargetVerdict.Neither, new ProviderFailure(FailureKinds.RateLimit, limit.RetryAfter, "is at its rate limit"), new WholeAnswer(limit));

    private async Task<AttemptResult> FundAndSendAsync(HttpContext http, Attempt attempt)
    {
        var request = attempt.Call.Request;

        // 5. Draw the bound from a lease, or else journal the intent and have it held.
        var unfunded = await funding.FundAsync(attempt, capIsOurs: request.AskedCap is null, http.RequestAborted);
        AddHeaders(http.Response, attempt);
        if (unfunded is not null)
        {
            return AttemptResult.Refused(unfunded);
        }

        // 6. Make the upstream body.
        var body = request.ToUpstream(attempt.Target, attempt.Bound.OutputCap);

        // 7. Journal that it is being sent.
        try
        {
            records.Sending(attempt);
        }
        catch (JournalUnwritableException)
        {
            records.Undo(attempt, "journal could not be written");
            return AttemptResult.Refused(ApiError.JournalUnwritable);
        }

        admission.TellDelayed(attempt);

        // 8. and 9. Forward, pass the answer through, record the end.
        return await forwarder.ForwardAsync(http, attempt, body);
    }

    /// <summary>10. What follows a failed attempt; null: nothing.</summary>
    /// <param name="budget">Of further attempts; null where nothing was sent, since its provider's rate limit here refused it: what follows adds nothing to what providers get.</param>
    private async Task<TargetSelection?> NextAsync(
        HttpContext http, Call call, TargetChoices choices, RetryBudget? budget, TargetSelection failed, ProviderFailure failure, FailoverView view)
    {
        var policy = call.Route.Failover;
        var step = FailoverDecision.Decide(policy, view, random.NextDouble());
        if (step.Action == FailoverAction.GiveUp)
        {
            return null;
        }

        if (budget is not null && !budget.TryTake(policy.BudgetPercent))
        {
            metrics.BudgetSpent(call.Route.Name);
            return null;
        }

        if (step.Action == FailoverAction.Retry)
        {
            await Task.Delay(step.Pause, time, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (http.RequestAborted.IsCancellationRequested)
            {
                return null;
            }

            if (TargetChoices.TryAgain(failed, failure.Reason, out var again))
            {
                metrics.TriedAgain(failed.Option.Target, "retry", failure.Kind);
                return again;
            }

            if (!policy.FallbackOn.HasFlag(failure.Kind))
            {
                return null;
            }
        }

        if (!choices.TryNext((failed.Option, failure.Reason), out var next))
        {
            return null;
        }

        metrics.TriedAgain(failed.Option.Target, "fallback", failure.Kind);
        return next;
    }

    /// <summary>
    /// An answer is in memory until its caller has taken it, so that has an end: with what is left of the call's time for an attempt at its target, and no sooner than one who takes nothing of a stream counts as gone.
    /// </summary>
    private async Task GiveAsync(HttpContext http, Call call, WholeAnswer answer, RouteTarget target)
    {
        var giving = answer.WriteAsync(http, call);
        if (giving.IsCompleted)
        {
            await giving;
            return;
        }

        var (least, left) = (TimeSpan.FromSeconds(options.Value.CallerSeconds), AttemptTimes.Of(options.Value, target.Timeouts, isStream: false, time.GetElapsedTime(call.Arrived)).Total);
        try
        {
            await giving.WaitAsync(left > least ? left : least, time);
        }
        catch (TimeoutException)
        {
            // Which also ends the writing.
            http.Abort();
            await giving;
        }
    }

    /// <summary>Of the call's own time, for another attempt. A caller who is gone waits for none.</summary>
    private TimeSpan TimeLeft(HttpContext http, Call call) => http.RequestAborted.IsCancellationRequested
        ? TimeSpan.Zero
        : TimeSpan.FromSeconds(options.Value.TotalSeconds) - time.GetElapsedTime(call.Arrived);

    private static ApiError LeftAlone(HttpContext http, TargetChoices choices)
    {
        var seconds = (int)Math.Ceiling(Math.Max(1, choices.First.State.Stand(choices.First.Access).ReopensIn.TotalSeconds));
        http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return ApiError.ProviderUnavailable(
            503, $"'{choices.First.Target.Name}' has failed too often lately and is left alone for a while. Nothing was charged; try again in {seconds} s.");
    }

    private static void AddHeaders(HttpResponse response, Attempt attempt)
    {
        var headers = response.Headers;
        headers["X-KT-Attempt-Id"] = attempt.AttemptId.ToString();
        headers["X-KT-Attempts"] = attempt.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        headers["X-KT-Target"] = attempt.Target.Name;
        headers["X-KT-Lane"] = attempt.Call.Lane;

        // What this attempt has none of must not be that of one before it. A null takes the header away.
        headers["X-KT-Wallet-Remaining"] = attempt.WalletRemainingNanos is { } remaining ? new Money(remaining).ToString() : null;
        if (attempt.Number > 1 || attempt.ProviderLimits.Gauges.Count > 0)
        {
            RateLimitHeaders.Write(headers, attempt.Call.Limits.Gauges, attempt.ProviderLimits.Gauges);
        }

        headers["X-KT-Mark"] = attempt.Mark switch { Mark.Unspecified => null, Mark.Overflow => MarkNames.Overflow, _ => MarkNames.Observed };
    }
}
