using System.Net;
using Platform.Routing.Attempts;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;

namespace Platform.Routing.Calls;

/// <summary>What a provider's error makes of an attempt: its kind, what it says of the target, and what the caller hears should no other attempt follow.</summary>
internal static class ToldError
{
    /// <summary>In the provider's own words where they are the caller's business: a refusal of the gateway's own credentials, or for its account, is not, and may quote them.</summary>
    /// <param name="answer">Lives as long as what the caller may be told of it.</param>
    /// <param name="body">Null: it broke off.</param>
    /// <param name="error">What the body says.</param>
    /// <param name="status">The answer's, or the one that an error under the status of a success means.</param>
    /// <param name="cost">Of an error that was rated all the same, in nano-units.</param>
    public static AttemptResult ResultOf(Attempt attempt, HttpResponseMessage answer, byte[]? body, ProviderError error, int status, DateTimeOffset now, long? cost = null)
    {
        var kind = FailureClassifier.Classify(status, error);
        var isOutOfCredit = FailureClassifier.IsOutOfCredit(status, error);
        var failure = new ProviderFailure(kind, RetryAfter.Read(answer.Headers, now), isOutOfCredit ? $"has no credit left ({status})" : ReasonOf(kind, status));
        if (body is not null && !isOutOfCredit && !FailureClassifier.IsElsewhere(status)
            && (HttpStatusCode)status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired))
        {
            return AttemptResult.Failed(VerdictOf(kind, status), failure, new WholeAnswer(answer, body) { CostNanos = cost, ErrorStatus = status });
        }

        answer.Dispose();
        return AttemptResult.Failed(VerdictOf(kind, status), failure, new WholeAnswer(
            isOutOfCredit ? ApiError.ProviderOutOfCredit(attempt.Call.MayBeBilled)
            : body is null ? ApiError.ProviderUnavailable(502, $"The provider answered {status} and broke off.")
            : FailureClassifier.IsElsewhere(status) ? ApiError.ProviderElsewhere(status)
            : ApiError.ProviderRefusedKey)
        {
            CostNanos = cost,
        });
    }

    public static string ReasonOf(FailureKinds kind, int status) => kind switch
    {
        FailureKinds.Misconfigured when FailureClassifier.IsElsewhere(status) => $"answers with a redirect ({status}): its base_url is out of date",
        FailureKinds.Misconfigured => (HttpStatusCode)status switch
        {
            HttpStatusCode.NotFound => "knows no such model or route (404)",
            HttpStatusCode.ProxyAuthenticationRequired => "is behind a proxy that refused the gateway (407)",
            _ => $"refused the gateway's key ({status})",
        },
        FailureKinds.ContextLength => "found the context too long",
        FailureKinds.ContentPolicy => "refused the content",
        _ => $"answered {status}",
    };

    /// <summary>403 may be about this call: it takes several to leave the target alone.</summary>
    private static TargetVerdict VerdictOf(FailureKinds kind, int status) => kind switch
    {
        FailureKinds.RateLimit => TargetVerdict.RateLimited,
        FailureKinds.Timeout or FailureKinds.ServerError => TargetVerdict.Failed,
        FailureKinds.Misconfigured => status == (int)HttpStatusCode.Forbidden ? TargetVerdict.Forbidden : TargetVerdict.Misconfigured,
        _ => TargetVerdict.Neither,
    };
}
