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

    /// <summary>An image of which nothing is published.</summary>
    private const int TypicalImageTokens = 1_000;

    /// <summary>An answer of a paragraph or two, unless the caller allows less.</summary>
    private const int TypicalOutputTokens = 250;

    /// <summary>Of all but images.</summary>
    public static long InputTokens(CallRequest request) => ((request.TextBytes + BytesPerToken - 1) / BytesPerToken) + request.TypicalTokensBesideText;

    /// <summary>
    /// All of the input, by which right-sizing rules tell a small request from a large one. What only the model's context window bounds, such as a conversation that the provider keeps, may fill it,
    /// and counts so: it is not known to be small.
    /// </summary>
    /// <param name="set">Who would serve it where it was asked for; images count as there.</param>
    public static long SizingTokens(CallRequest request, RouteSet set, ShapeKinds shape)
    {
        var tokens = InputTokens(request);
        if (request is { Images: 0, BoundByContext: null })
        {
            return tokens;
        }

        var target = TargetOf(set, shape);
        if (request.BoundByContext is not null)
        {
            return Math.Max(tokens, target.ContextTokens > 0 ? target.ContextTokens : int.MaxValue);
        }

        return tokens + ((long)request.Images * (ImageTokens.MostOf(target) ?? TypicalImageTokens));
    }

    /// <summary>Of all answers together.</summary>
    public static long OutputTokens(CallRequest request, RouteTarget target) =>
        Math.Min(TypicalOutputTokens, request.CapAt(target)) * request.Choices;

    public static long Nanos(CallRequest request, RouteTarget target, Price price) =>
        Rater.Rate(price, new TokenCounts(InputTokens(request) + ImageTokensAt(request, target), 0, 0, OutputTokens(request, target), 0)).TotalNanos;

    /// <summary>The first that speaks the shape; the first of all where none does, for then nobody serves it.</summary>
    private static RouteTarget TargetOf(RouteSet set, ShapeKinds shape)
    {
        for (var index = 0; index < set.Targets.Count; index++)
        {
            if (set.Targets[index].Target.Shapes.HasFlag(shape))
            {
                return set.Targets[index].Target;
            }
        }

        return set.Targets[0].Target;
    }

    private static long ImageTokensAt(CallRequest request, RouteTarget target) => request.Images == 0 ? 0 : (long)request.Images * (ImageTokens.MostOf(target) ?? 0);
}
