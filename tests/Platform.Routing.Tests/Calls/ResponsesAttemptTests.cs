using Platform.Routing.Calls;
using Platform.Routing.Journal;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Responses;

namespace Platform.Routing.Tests.Calls;

/// <summary>What is particular to attempts at responses: a stream that fails may say what it used, and a provider may not have the route.</summary>
public sealed class ResponsesAttemptTests : IAsyncLifetime
{
    private static readonly RouteFailover Usual = new(default, FailureKinds.StreamError | FailureKinds.Misconfigured, 3, 20, TimeSpan.FromMilliseconds(1));

    private readonly LocalGateway _gateway = new();
    private ScriptedProvider? _providers;

    private RouteTarget A => LocalGateway.Target("a", _providers!.AddressOf("a")) with { Shapes = ShapeKinds.Chat | ShapeKinds.Responses };

    private RouteTarget Bb => LocalGateway.Target("bb", _providers!.AddressOf("bb")) with { Shapes = ShapeKinds.Responses };

    public async ValueTask InitializeAsync() => _providers = await ScriptedProvider.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _providers!.DisposeAsync();
    }

    [Theory]
    [InlineData("null", "a#1 LeasedUnknown, bb#2 Finished", 0)]
    [InlineData("{\"input_tokens\":0,\"output_tokens\":0}", "a#1 LeasedUnknown, bb#2 Finished", 0)]
    [InlineData("{\"input_tokens\":100,\"output_tokens\":0}", "a#1 Finished, bb#2 Finished", 100)]
    public async Task Response_that_fails_before_its_first_token_goes_on_to_the_next_target_and_costs_what_it_says(string usage, string story, long cost)
    {
        _providers!.Script("a", "response-failed " + usage);
        _providers.Script("bb", "response");
        var answer = await CallAsync(stream: true, A, Bb);
        var first = _gateway.Attempts()[0].Last;
        Assert.Equal((200, story, cost), (answer.Status, _gateway.Story(), first.Kind == JournalKind.Finished ? first.AmountNanos : 0));
        Assert.StartsWith("data: {\"type\":\"response.created\"", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("response.failed", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Target_of_another_shape_is_not_asked()
    {
        _providers!.Script("bb", "response");
        var answer = await CallAsync(stream: true, A with { Shapes = ShapeKinds.Chat }, Bb);
        Assert.Equal((200, "bb#1 Finished"), (answer.Status, _gateway.Story()));
    }

    [Fact]
    public async Task Route_that_a_provider_does_not_have_is_left_alone_and_its_others_are_not()
    {
        var without = A with { Provider = A.Provider with { BaseUrl = _providers!.AddressOf("a") + "/none" } };
        Assert.Equal((404, 503), ((await CallAsync(stream: false, without)).Status, (await CallAsync(stream: false, without)).Status));
        Assert.Equal(200, (await _gateway.CallAsync(LocalGateway.Set(Usual, A))).Status);
        Assert.Equal("a#1 Finished, a#1 Finished", _gateway.Story());
    }

    private async Task<(int Status, string Body)> CallAsync(bool stream, params RouteTarget[] targets)
    {
        var body = $$"""{"model":"m","input":"hello","stream":{{(stream ? "true" : "false")}},"max_output_tokens":100}""";
        var (status, answer, _) = await _gateway.CallAsync(LocalGateway.Set(Usual, targets), body: body, shape: new ResponsesShape());
        return (status, answer);
    }
}
