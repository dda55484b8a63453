using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Platform.IntegrationTests.Torture;

/// <summary>One call of a model as a client would make it.</summary>
/// <param name="Cap">Most output tokens; null leaves it to the gateway.</param>
internal sealed record RandomCall(FundedTeam Team, string Model, int? Cap, bool Stream, string Content)
{
    // Nano-dollars a token of input and of output: the provider's price list, written down a second time so that the platform is not its own judge.
    private static readonly Dictionary<string, (long Input, long Output)> Prices = new()
    {
        ["gpt-4o"] = (2_500, 10_000),
        ["gpt-4.1"] = (2_000, 8_000),
        ["gpt-4.1-mini"] = (400, 1_600),
        ["gpt-4o-mini"] = (150, 600),
    };

    private static readonly string[] Models = ["gpt-4o", "gpt-4o", "gpt-4.1", "gpt-4.1", "gpt-4.1-mini", "gpt-4o-mini"];

    public static RandomCall Draw(Random random, FundedTeam team)
    {
        var stream = random.Next(5) == 0;
        var cap = random.Next(10) == 0 ? (int?)null : stream ? random.Next(16, 120) : random.Next(16, 1_500);
        return new RandomCall(team, Models[random.Next(Models.Length)], cap, stream, new string('x', random.Next(1, 400)));
    }

    /// <summary>The most that the call can cost, in nano-units: a token a byte of its body and 256 of overhead, the cap, and 10 for roundings.</summary>
    public long BoundNanos
    {
        get
        {
            var (input, output) = Prices[Model];
            return ((Body().Length + 256) * input) + ((Cap ?? throw new InvalidOperationException("A call without a cap has no bound of its own.")) * output) + 10;
        }
    }

    public HttpRequestMessage ToRequest()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = new ByteArrayContent(Body()) { Headers = { ContentType = new("application/json") } },
        };
        request.Headers.Authorization = new("Bearer", Team.Key);
        return request;
    }

    private byte[] Body()
    {
        var cap = Cap is { } tokens ? $", \"max_tokens\": {tokens}" : "";
        return Encoding.UTF8.GetBytes(
            $$"""{"model": "{{Model}}", "stream": {{(Stream ? "true" : "false")}}{{cap}}, "messages": [{"role": "user", "content": "{{Content}}"}]}""");
    }
}
