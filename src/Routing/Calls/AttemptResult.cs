using Platform.Routing.Health;
using Platform.Routing.Resilience;

namespace Platform.Routing.Calls;

/// <summary>What came of one attempt.</summary>
/// <param name="Refusal">It was not sent: what the caller is to hear.</param>
/// <param name="Verdict">What it says of its target.</param>
/// <param name="Failure">Why it brought nothing.</param>
/// <param name="Answer">What the caller gets when no other attempt follows; null when the caller has had a stream, or is to hear of a refusal.</param>
internal readonly record struct AttemptResult(ApiError? Refusal, TargetVerdict Verdict, ProviderFailure Failure, WholeAnswer? Answer)
{
    public static AttemptResult Refused(ApiError refusal) => new(refusal, TargetVerdict.Neither, default, null);

    /// <summary>The provider has done its part, whatever time the caller takes to have what it answered.</summary>
    public static AttemptResult Served(WholeAnswer answer) => new(null, TargetVerdict.Succeeded, default, answer);

    /// <summary>The caller has been answered.</summary>
    public static AttemptResult Delivered(TargetVerdict verdict, string failure = "") => new(null, verdict, new ProviderFailure(default, default, failure), null);

    public static AttemptResult Failed(TargetVerdict verdict, ProviderFailure failure, WholeAnswer answer) => new(null, verdict, failure, answer);
}
