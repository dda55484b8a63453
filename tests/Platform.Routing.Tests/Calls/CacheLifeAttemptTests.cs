using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>Writes to a cache behind a proxy, of which it does not say for how long they are kept: what the attempt's record has.</summary>
public sealed class CacheLifeAttemptTests : AttemptTest
{
    private const string Told = """{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cache_creation_tokens":40,"cache_creation_token_details":{"ephemeral_5m_input_tokens":40,"ephemeral_1h_input_tokens":0}}}""";
    private const string Untold = """{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cache_write_tokens":40}}""";

    [Theory]
    // Asked for, told → written for minutes and for an hour.
    [InlineData("1h", Untold, 0, 40)]
    [InlineData("5m", Untold, 40, 0)]
    [InlineData("1h", Told, 40, 0)]
    public async Task They_are_kept_as_long_as_the_request_asks_unless_the_answer_tells(string life, string usage, long minutes, long hour)
    {
        var body = $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hello","cache_control":{"type":"ephemeral","ttl":"{{{life}}}"}}]}],"max_tokens":100}""";
        Providers.Script("a", $$$"""said {"choices":[{"message":{"content":"hi"}}],"usage":{{{usage}}}}""", $$$"""events {"choices":[{"delta":{"content":"h"}}]}|{"choices":[],"usage":{{{usage}}}}""");
        await Gateway.CallAsync(LocalGateway.Set(Once, A), body: body);
        await Gateway.CallAsync(LocalGateway.Set(Once, A), stream: true, body: body);
        var ended = Gateway.Attempts();
        Assert.Equal(2, ended.Count);
        Assert.All(ended, attempt => Assert.Equal((60L, minutes, hour), (attempt.Last.Event!.Tokens.Input, attempt.Last.Event.Tokens.CacheWrite, attempt.Last.Event.Tokens.CacheWrite1H)));
    }
}
