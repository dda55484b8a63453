using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Journal;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;
using Platform.ServiceDefaults.Faults;

namespace Platform.Routing.Deciding;

/// <summary>The steps of an attempt that somebody else sends: marked sent, reported, released. Each may be repeated.</summary>
internal sealed class ReportAttempt(DecidedAttempts decided, AttemptRecords records, TimeProvider time)
{
    private const string OtherFailure = "other";
    private const int MaxTokens = int.MaxValue;

    /// <summary>A day: no attempt may be reported later.</summary>
    private const long MaxFirstTokenMs = 86_400_000;

    public void MarkSent(string attemptId, string? teamId)
    {
        var attempt = Find(attemptId, teamId);
        lock (attempt.Gate)
        {
            if (attempt.State == DecidedState.Decided)
            {
                Send(attempt);
                CrashPoint.Reach(CrashPoints.RouteAfterMarkSent);
            }
            else if (attempt.State != DecidedState.Sent)
            {
                throw Ended(attempt, "Do not send it; decide again.");
            }
        }
    }

    public long Report(ReportAttemptRequest request, string? teamId)
    {
        var failure = FailureOf(request);
        var usage = UsageOf(request);
        var attempt = Find(request.AttemptId, teamId);
        lock (attempt.Gate)
        {
            if (attempt.State == DecidedState.Reported)
            {
                return attempt.CostNanos;
            }

            if (!attempt.IsOpen)
            {
                throw Ended(attempt, "What it used must be settled from the provider's bill.");
            }

            RequireCredible(attempt.Attempt, usage);
            if (attempt.State == DecidedState.Decided)
            {
                // A report proves that it was sent.
                Send(attempt);
            }

            CrashPoint.Reach(CrashPoints.RouteBeforeReport);
            var cost = End(attempt, request, usage, failure);
            CrashPoint.Reach(CrashPoints.RouteAfterReport);
            return cost;
        }
    }

    public void Release(ReleaseAttemptRequest request, string? teamId)
    {
        if (Validation.Text("reason", request.Reason, 0, 200) is { } problem)
        {
            throw RpcErrors.InvalidArgument(problem);
        }

        var attempt = Find(request.AttemptId, teamId);
        lock (attempt.Gate)
        {
            if (attempt.IsOpen)
            {
                var reason = request.Reason.Length > 0 ? request.Reason : "released by the platform";
                decided.GiveBack(attempt, DecidedState.Released, reason, request.Unreachable ? TargetVerdict.Failed : TargetVerdict.Neither);
            }
            else if (!attempt.IsUnsent)
            {
                throw Ended(attempt, "It is no longer to be released.");
            }
        }
    }

    private long End(DecidedAttempt attempt, ReportAttemptRequest request, CallUsage usage, FailureKinds? failure)
    {
        var retryAfter = TimeSpan.FromSeconds(Math.Max(0, request.RetryAfterSeconds));
        var reason = request.Failure.Length > 0 ? $"reported {request.Failure}" : "";
        if (request.Unknown)
        {
            records.Unknown(attempt.Attempt, "the platform does not know what it used");
            decided.End(attempt, DecidedState.Reported, VerdictOf(failure ?? FailureKinds.None), retryAfter: retryAfter, failure: reason);
            return 0;
        }

        if (request.FirstTokenMs > 0)
        {
            attempt.Attempt.Answered = attempt.Attempt.Sent + (request.FirstTokenMs * time.TimestampFrequency / 1000);
        }

        var isEmpty = usage.TotalTokens == 0;
        if (isEmpty && failure is null)
        {
            // It was answered, and a prompt alone has a token (decision 0285). Of the target that is no complaint.
            records.Unknown(attempt.Attempt, "the platform reports an answer of no tokens at all");
            decided.End(attempt, DecidedState.Reported, TargetVerdict.Succeeded);
            return 0;
        }

        var outcome = failure is not null ? isEmpty ? Outcome.Failed : Outcome.Interrupted : request.ClientClosed ? Outcome.ClientClosed : Outcome.Succeeded;
        var cost = records.Finish(attempt.Attempt, usage, outcome) ?? 0;
        decided.End(attempt, DecidedState.Reported, VerdictOf(failure), cost, retryAfter, reason);
        return cost;
    }

    private void Send(DecidedAttempt attempt)
    {
        try
        {
            records.Sending(attempt.Attempt);
        }
        catch (JournalUnwritableException)
        {
            throw DecideErrors.From(ApiError.JournalUnwritable);
        }

        attempt.Become(DecidedState.Sent, time.GetTimestamp());
    }

    private static TargetVerdict VerdictOf(FailureKinds? failure) => failure switch
    {
        null => TargetVerdict.Succeeded,
        FailureKinds.RateLimit => TargetVerdict.RateLimited,
        FailureKinds.Timeout or FailureKinds.ServerError or FailureKinds.Connection or FailureKinds.StreamError => TargetVerdict.Failed,
        // A platform's key is its own: what a provider thinks of that says nothing of the gateway's.
        _ => TargetVerdict.Neither,
    };

    /// <summary>Null: it was answered.</summary>
    private static FailureKinds? FailureOf(ReportAttemptRequest request) =>
        request.Failure.Length == 0 ? null
        : request.Failure == OtherFailure ? FailureKinds.None
        : PolicyNames.Fallbacks.TryGetValue(request.Failure, out var kind) && kind != FailureKinds.None ? kind
        : throw RpcErrors.InvalidArgument($"failure '{Validation.Shown(request.Failure)}' is none of {string.Join(", ", PolicyNames.Fallbacks.Keys)}, {OtherFailure}.");

    private static CallUsage UsageOf(ReportAttemptRequest request)
    {
        if (request.Unknown == (request.Tokens is not null))
        {
            throw RpcErrors.InvalidArgument("Say either tokens or unknown.");
        }

        if (request.FirstTokenMs is < 0 or > MaxFirstTokenMs)
        {
            throw RpcErrors.InvalidArgument($"first_token_ms must be 0 to {MaxFirstTokenMs}: milliseconds from sending to the first token. It is {request.FirstTokenMs}.");
        }

        var tokens = request.Tokens ?? new Tokens();
        long[] counts = [tokens.Input, tokens.CachedInput, tokens.CacheWrite, tokens.CacheWrite1H, tokens.Output, tokens.Reasoning];
        if (counts.Any(count => count is < 0 or > MaxTokens))
        {
            throw RpcErrors.InvalidArgument($"Each count of tokens must be 0 to {MaxTokens}.");
        }

        return new CallUsage(tokens.Input, tokens.CachedInput, tokens.Output + tokens.Reasoning, tokens.Reasoning, tokens.CacheWrite, tokens.CacheWrite1H)
        {
            Tier = ServiceTiers.Named(request.ServiceTier),
            Region = InferenceRegions.Named(request.InferenceGeo),
        };
    }

    /// <summary>
    /// A bill above the bound is booked as it comes, so who reports must not be able to name any figure: only what an attempt of this model may have used, however
    /// badly it kept to its caps.
    /// </summary>
    private static void RequireCredible(Attempt attempt, in CallUsage usage)
    {
        var (target, bound) = (attempt.Target, attempt.Bound);
        var input = usage.TotalTokens - usage.Output;
        var mostInput = Math.Max(target.ContextTokens, Bound.MostTimes * bound.InputTokens);
        var mostOutput = bound.MostOutput(target);
        if (input > mostInput || usage.Output > mostOutput)
        {
            throw RpcErrors.InvalidArgument(
                $"tokens says {input} of input and {usage.Output} of output; an attempt that was decided for {bound.InputTokens} and {bound.OutputCap * bound.Choices} cannot "
                + $"have used more than {mostInput} and {mostOutput}. Report what the provider's answer says, or unknown: true, and the provider's bill settles it.");
        }
    }

    private DecidedAttempt Find(string attemptId, string? teamId) =>
        (Guid.TryParse(attemptId, out var id) ? decided.Find(id, teamId) : null) ?? throw RpcErrors.NotFound(
            Reasons.AttemptNotFound,
            $"This gateway has no attempt '{Validation.Shown(attemptId)}' of yours. If it was marked sent, it is in suspense and is settled from the provider's bill.");

    private static RpcException Ended(DecidedAttempt attempt, string advice) => RpcErrors.Create(
        StatusCode.FailedPrecondition, Reasons.AttemptEnded, $"The attempt has ended: {attempt.State.ToString().ToLowerInvariant()}. {advice}");
}
