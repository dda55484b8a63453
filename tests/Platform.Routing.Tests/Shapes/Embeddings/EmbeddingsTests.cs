using System.Text;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Embeddings;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Shapes.Embeddings;

public sealed class EmbeddingsTests
{
    private static readonly RouteTarget Small = Routes.Target("text-embedding-3-small");

    [Theory]
    // Input → tokens beside the rest of the body.
    [InlineData("\"hello\"", 7)]
    [InlineData("""["hello","é"]""", 14)]
    [InlineData("[12345,1,99999]", 4 + 3)]
    [InlineData("[ [12345, 1], [99999] ]", 12 + 3)]
    [InlineData("[]", 2)]
    public void Text_is_bounded_by_its_bytes_and_tokens_by_their_number(string input, int tokens)
    {
        Assert.Null(Read(Body(input), out var request));
        Assert.Equal(Body("").Length + tokens, request.MaxInputTokensAt(Small));
        Assert.Equal(0, request.AskedCap);
    }

    [Theory]
    [InlineData("{}", "CONTENT_UNBOUNDED")]
    [InlineData("5", "CONTENT_UNBOUNDED")]
    [InlineData("null", "CONTENT_UNBOUNDED")]
    [InlineData("""[{"image":"x"}]""", "CONTENT_UNBOUNDED")]
    [InlineData("[[[1]]]", "CONTENT_UNBOUNDED")]
    [InlineData("\"a\",\"input\":\"b\"", "INVALID_ARGUMENT")]
    [InlineData("\"a\",\"model\":\"b\"", "INVALID_ARGUMENT")]
    [InlineData("\"a\",\"Model\":\"b\"", "INVALID_ARGUMENT")]
    [InlineData("\"a\",\"INPUT\":\"b\"", "INVALID_ARGUMENT")]
    [InlineData("\"a\",\"messages\":[{\"content\":\"b\"}]", "CONTENT_UNBOUNDED")]
    [InlineData("\"a\",\"fallbacks\":[\"dearer\"]", "CONTENT_UNBOUNDED")]
    [InlineData("[", "INVALID_ARGUMENT")]
    public void What_is_no_text_and_no_tokens_is_refused(string input, string code) => Assert.Equal(code, (Read(Body(input), out var request) ?? request.UnservedError)?.Code);

    [Theory]
    [InlineData("""{"model":"text-embedding-3-small"}""")]
    [InlineData("""{"input":"a"}""")]
    [InlineData("""{"model":5,"input":"a"}""")]
    [InlineData("[]")]
    [InlineData("")]
    public void Request_without_what_it_needs_is_malformed(string body) => Assert.Equal("INVALID_ARGUMENT", Read(body, out _)?.Code);

    [Fact]
    public void Rewrite_changes_the_model_and_nothing_else()
    {
        const string body = """{ "dimensions" : 8.0 , "model": "small", "input":["é \u00e9"] , "x":null }""";
        Assert.Null(Read(body, out var request));
        Assert.Equal(body.Replace("\"small\"", "\"text-embedding-3-small\"", StringComparison.Ordinal), Encoding.UTF8.GetString(request.ToUpstream(Small, 0)));
    }

    [Theory]
    [InlineData("""{"data":[{"embedding":[0.5,1e-3]}],"usage":{"prompt_tokens":7,"total_tokens":7}}""", 7L)]
    [InlineData("""{"usage":{"total_tokens":7}}""", 7L)]
    [InlineData("""{"usage":{"prompt_tokens":7}}""", 7L)]
    [InlineData("""{"usage":{"prompt_tokens":7,"total_tokens":8}}""", null)]
    [InlineData("""{"usage":{"prompt_tokens":-7}}""", null)]
    [InlineData("""{"usage":{}}""", null)]
    [InlineData("""{"data":[]}""", null)]
    [InlineData("""{"usage":{"prompt_tokens":7}""", null)]
    [InlineData("", null)]
    public void Usage_is_what_was_sent_or_unknown(string answer, long? tokens) =>
        Assert.Equal(tokens, new EmbeddingsShape().ReadUsage(Encoding.UTF8.GetBytes(answer))?.Input);

    private static string Body(string input) => $$"""{"model":"text-embedding-3-small","input":{{input}}}""";

    private static Routing.Calls.ApiError? Read(string body, out EmbeddingsRequest request) => EmbeddingsRequestReader.TryRead(Encoding.UTF8.GetBytes(body), out request);
}
