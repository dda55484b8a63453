using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes;

namespace Platform.Routing.Choosing;

/// <summary>What a call will probably use, for comparing targets; what is set aside for it is its <see cref="Bound"/>.</summary>
internal static class CallEstimate
{
    /// <summary>Text of everyday languages.</summary>
    private const int BytesPerToken = 4;

    /// <summary>An answer of a paragraph or two, unless the caller allows less.</summary>
    private const int TypicalOutputTokens = 250;

    /// <summary>Of all but images.</summary>
    public static long InputTokens(CallRequest request) => ((request.TextBytes + BytesPerToken - 1) / BytesPerToken) + request.TypicalTokensBesideText;

    /// <summary>Of all answers together.</summary>
    public static long OutputTokens(CallRequest request, RouteTarget target) =>
        Math.Min(TypicalOutputTokens, Math.Min(request.AskedCap ?? target.DefaultMaxOutputTokens, target.MaxOutputTokens)) * request.Choices;

    public static long Nanos(CallRequest request, RouteTarget target, Price price) =>
        Rater.Rate(price, new TokenCounts(InputTokens(request) + ImageTokensAt(request, target), 0, 0, OutputTokens(request, target), 0)).TotalNanos;

    private static long ImageTokensAt(CallRequest request, RouteTarget target) => request.Images == 0 ? 0 : (long)request.Images * (ImageTokens.MostOf(target) ?? 0);
}
