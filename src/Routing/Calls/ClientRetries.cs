using Platform.Routing.Policies;

namespace Platform.Routing.Calls;

/// <summary>
/// What client libraries are told of repeating a call by themselves. OpenAI's and Anthropic's do so, twice unless set otherwise, after 408, 409, 429 and any 5xx; an answer that says
/// <c>x-should-retry</c> they obey.
/// </summary>
internal static class ClientRetries
{
    private const string Header = "x-should-retry";

    public static void Forbid(HttpResponse response) => response.Headers[Header] = "false";

    /// <summary>A repeated call is another one, and billed like this one may be: no library makes it unasked where the policy does not go on after such a failure either.</summary>
    /// <param name="failure">Of the call's last attempt.</param>
    public static void ForbidWhereBilled(HttpResponse response, Call call, FailureKinds failure)
    {
        var policy = call.Route.Failover;
        if (call.MayBeBilled && (failure == FailureKinds.None || !(policy.RetryOn | policy.FallbackOn).HasFlag(failure)))
        {
            Forbid(response);
        }
    }
}
