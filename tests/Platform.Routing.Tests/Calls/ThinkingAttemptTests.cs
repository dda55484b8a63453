using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Tests.Calls;

/// <summary>Tokens set apart for thinking, and the cap that goes upstream. A token costs a nano at a; the default cap is 1,024 and the highest 16,384.</summary>
public sealed class ThinkingAttemptTests : IAsyncLifetime
{
    private const string Chat = """{"model":"m","messages":[]T}""";
    private const string Message = """{"model":"m","messages":[],"max_tokens":C,"thinking":{"type":"enabled","budget_tokens":B}}""";

    private static readonly RouteFailover None = new(default, default, 1, 0, TimeSpan.FromMilliseconds(1));

    private ScriptedProvider? _providers;

    public async ValueTask InitializeAsync() => _providers = await ScriptedProvider.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync() => await _providers!.DisposeAsync();

    [Theory]
    // What the wallet has in nanos, what is set apart → the status, and the cap that goes upstream.
    [InlineData(100_000, "", "200 1024")]
    [InlineData(100_000, ""","thinking":{"budget_tokens":2000,"type":"enabled"}""", "200 3024")]
    [InlineData(100_000, ""","reasoning":{"max_tokens":2000}""", "200 3024")]
    [InlineData(100_000, ""","reasoning":{"effort":"high"},"thinking":true""", "200 1024")]
    [InlineData(100_000, ""","thinking":{"budget_tokens":16000}""", "200 16384")]
    [InlineData(100_000, ""","thinking":{"budget_tokens":16384}""", "200 16384")]
    [InlineData(100_000, ""","thinking":{"budget_tokens":70000}""", "200 16384")]
    [InlineData(100_000, ""","thinking":{"type":"disabled","budget_tokens":2000}""", "200 1024")]
    [InlineData(100_000, ""","thinking":{"budget_tokens":2000,"type":"disabled"}""", "200 1024")]
    [InlineData(100_000, ""","reasoning":{"enabled":false,"max_tokens":2000}""", "200 1024")]
    [InlineData(100_000, ""","reasoning":{"enabled":true,"max_tokens":2000}""", "200 3024")]
    [InlineData(100_000, ""","thinking":{"budget_tokens":9000000000000000000}""", "200 1024")]
    // The prompt is bounded by its 61 bytes and 256 tokens. A cap of 2,016 is the least that is of use: sixteen tokens of answer.
    [InlineData(2_016 + 61 + 256 + 4, ""","thinking":{"budget_tokens":2000}""", "200 2016")]
    [InlineData(2_015 + 61 + 256 + 4, ""","thinking":{"budget_tokens":2000}""", "402 ")]
    [InlineData(2_015 + 61 + 256 + 4, "", "200 1024")]
    // What no cap there has room for is nothing that the last money must leave room for.
    [InlineData(2_015 + 62 + 256 + 4, ""","thinking":{"budget_tokens":70000}""", "200 2015")]
    public async Task A_cap_of_ours_is_above_what_is_set_apart_or_the_call_is_refused_as_what_it_is(long funds, string thinking, string expected)
    {
        await using var gateway = new LocalGateway(funds);
        var (status, cap) = await CallAsync(gateway, Chat.Replace("T", thinking, StringComparison.Ordinal), message: false, [Target("a")]);
        Assert.Equal(expected, $"{status} {cap}");
    }

    [Theory]
    // The caller's cap, what is set apart → the status, where it went and with which cap.
    [InlineData(20_000, 8_000, "200 a 16384")]
    [InlineData(20_000, 17_000, "200 bb 20000")]
    [InlineData(9_000_000, 70_000, "400 ")]
    [InlineData(1_000, 2_000, "200 a 1000")]
    [InlineData(9_000_000, 70_000, "200 a 16384", "files-api-2025-04-14,interleaved-thinking-2025-05-14")]
    [InlineData(9_000_000, 70_000, "400 ", "files-api-2025-04-14")]
    public async Task A_message_goes_where_the_highest_cap_has_room_for_its_thinking_unless_that_may_be_more(int cap, int thinking, string expected, string betas = "")
    {
        await using var gateway = new LocalGateway();
        var body = Message.Replace("C", $"{cap}", StringComparison.Ordinal).Replace("B", $"{thinking}", StringComparison.Ordinal);
        var (status, sent) = await CallAsync(gateway, body, message: true, [Target("a"), Target("bb") with { MaxOutputTokens = 64_000 }], betas);
        Assert.Equal(expected, $"{status} {(sent is null ? "" : $"{Assert.Single(gateway.Attempts()).Intent.Event!.Provider} {sent}")}");
    }

    [Theory]
    // The caller's field and cap, what is set apart → where it went and with which cap.
    [InlineData("max_tokens", 20_000, 17_000, "200 bb 20000")]
    [InlineData("max_completion_tokens", 20_000, 17_000, "200 bb 20000")]
    [InlineData("max_completion_tokens", 20_000, 16_383, "200 a 16384")]
    [InlineData("max_completion_tokens", 20_000, 0, "200 a 16384")]
    [InlineData("max_tokens", 100_000, 70_000, "400 ")]
    public async Task A_chat_completion_does_so_too_and_without_thinking_its_cap_is_cut(string field, int cap, int thinking, string expected)
    {
        await using var gateway = new LocalGateway();
        var (status, sent) = await CallAsync(
            gateway, Chat.Replace("T", $$$""","{{{field}}}":{{{cap}}},"thinking":{"type":"enabled","budget_tokens":{{{thinking}}}}""", StringComparison.Ordinal), message: false,
            [Target("a"), Target("bb") with { MaxOutputTokens = 64_000 }]);
        Assert.Equal(expected, $"{status} {(sent is null ? "" : $"{Assert.Single(gateway.Attempts()).Intent.Event!.Provider} {sent}")}");
    }

    private RouteTarget Target(string name) => LocalGateway.Target(name, _providers!.AddressOf(name));

    private async Task<(int Status, long? Cap)> CallAsync(LocalGateway gateway, string body, bool message, RouteTarget[] targets, string betas = "")
    {
        var set = LocalGateway.Set(None, [.. targets.Select(target => message ? target with { Shapes = ShapeKinds.Messages } : target)]);
        var answer = await gateway.CallAsync(set, body: body, shape: message ? new MessagesShape() : null, betas: betas);
        return (answer.Status, _providers!.Bodies.TryDequeue(out var sent) ? JsonDocument.Parse(sent).RootElement.GetProperty("max_tokens").GetInt64() : null);
    }
}
