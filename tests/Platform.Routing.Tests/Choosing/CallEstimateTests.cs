using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Policies;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Choosing;

/// <summary>What right-sizing rules take a request's input for.</summary>
public sealed class CallEstimateTests
{
    private static readonly RouteTarget Known = Routes.Target("gpt-4o") with { ContextTokens = 128_000 };
    private static readonly RouteTarget Unknown = Routes.Target("m");

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(8000, 2000)]
    public void Text_is_a_token_for_four_bytes(long bytes, long tokens) => Assert.Equal(tokens, Of(new FactsRequest(bytes, null), Known));

    [Fact]
    public void Images_count_as_where_the_call_was_asked_for_and_as_usual_ones_where_nothing_is_published()
    {
        var request = new FactsRequest(400, null) { Images = 20 };
        Assert.Equal(100 + (20 * 1_445), Of(request, Known));
        Assert.Equal(100 + (20 * 1_000), Of(request, Unknown));
        Assert.Equal(100 + (20 * 1_445), CallEstimate.SizingTokens(request, Routes.Set("model/m", Unknown with { Shapes = ShapeKinds.Messages }, Known), ShapeKinds.Chat));
    }

    [Fact]
    public void What_the_provider_keeps_is_not_taken_for_small()
    {
        var request = new FactsRequest(400, null) { BoundByContext = "'previous_response_id' refers to what the provider keeps" };
        Assert.Equal(128_000, Of(request, Known));
        Assert.Equal(int.MaxValue, Of(request, Unknown));
    }

    [Fact]
    public void What_tools_add_counts_too()
    {
        var request = new FactsRequest(400, null);
        request.CountBesideText(most: 5_000, typical: 700);
        Assert.Equal(800, Of(request, Known));
    }

    private static long Of(CallRequest request, RouteTarget target) => CallEstimate.SizingTokens(request, Routes.Set("model/m", target), ShapeKinds.Chat);
}
