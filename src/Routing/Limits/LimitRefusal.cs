using System.Globalization;
using Platform.Routing.Calls;

namespace Platform.Routing.Limits;

/// <summary>Why a limit let a call not pass.</summary>
/// <param name="Error">For the caller.</param>
/// <param name="RetryAfter">Zero: trying again does not help.</param>
/// <param name="Permit">Given back; the counts that the call was under.</param>
/// <param name="IsDenied">Demand that a limit refused. False: the counts could not be reached.</param>
internal sealed record LimitRefusal(ApiError Error, TimeSpan RetryAfter, LimitPermit Permit, bool IsDenied)
{
    /// <summary>The caller left the queue; nobody reads this.</summary>
    public static readonly LimitRefusal CallerGone = new(ApiError.LimitsUnavailable, TimeSpan.Zero, LimitPermit.None, IsDenied: false);

    /// <param name="amount">What it asked of the count.</param>
    public static LimitRefusal Of(DrawOutcome outcome, Gauge gauge, long amount, LimitPermit permit)
    {
        var standing = gauge.Read();
        var wait = gauge.RetryAfter(amount, permit.DrawnOf(gauge));
        var retry = wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1);
        return outcome switch
        {
            DrawOutcome.AboveLimit => new(ApiError.AboveRateLimit(Name(gauge), standing.Spec.Burst, standing.Spec.What), TimeSpan.Zero, permit, IsDenied: true),
            DrawOutcome.Refused => new(ApiError.RateLimited(Name(gauge), standing.Spec.Limit, standing.Spec.What, retry), retry, permit, IsDenied: true),
            DrawOutcome.Unavailable => new(ApiError.LimitsUnavailable, TimeSpan.FromSeconds(1), permit, IsDenied: false),
            DrawOutcome.Drawn or DrawOutcome.Retired => throw new InvalidOperationException($"{outcome} is no refusal."),
        };
    }

    /// <summary>Retry-After in whole seconds, and in milliseconds as OpenAI's clients know it.</summary>
    public void WriteHeaders(IHeaderDictionary headers)
    {
        RateLimitHeaders.Write(headers, Permit.Gauges);
        if (RetryAfter > TimeSpan.Zero)
        {
            headers["Retry-After"] = ((long)Math.Ceiling(RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            headers["Retry-After-Ms"] = ((long)Math.Ceiling(RetryAfter.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
        }
    }

    private static string Name(Gauge gauge) => gauge.Key.Subject.Length == 0 ? $"'{gauge.Key.Limit}'" : $"'{gauge.Key.Limit}' of '{gauge.Key.Subject}'";
}
