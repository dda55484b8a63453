using System.Net;
using System.Runtime.InteropServices;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class EmbeddingsTests
{
    private const string Path = "/v1/embeddings";

    [Theory]
    [InlineData("\"hello\"", 1, 2)]
    [InlineData("""["hello","abcd"]""", 2, 3)]
    [InlineData("[1,2,3]", 1, 3)]
    [InlineData("[[1,2,3],[4]]", 2, 4)]
    public async Task Every_input_gets_a_vector_and_its_tokens_are_billed(string input, int vectors, int tokens)
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.PostJsonAsync(Path, $$"""{"model":"text-embedding-3-small","input":{{input}},"dimensions":8}""");

        Assert.Equal(vectors, answer.GetProperty("data").GetArrayLength());
        Assert.All(answer.GetProperty("data").EnumerateArray(), one => Assert.Equal(8, one.GetProperty("embedding").GetArrayLength()));
        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        var line = Assert.Single(await simulator.InvoiceAsync());
        Assert.Equal(0, line.GetProperty("completion_tokens").GetInt32());
        Assert.Equal($"0.{tokens * 20:D9}", line.GetProperty("cost").GetString());
    }

    [Fact]
    public async Task Vector_is_the_same_as_numbers_and_as_base64()
    {
        await using var simulator = await StartAsync();
        const string body = """{"model":"text-embedding-3-large","input":"hello","encoding_format":""";

        var numbers = (await simulator.PostJsonAsync(Path, body + "\"float\"}")).GetProperty("data")[0].GetProperty("embedding");
        var base64 = (await simulator.PostJsonAsync(Path, body + "\"base64\"}")).GetProperty("data")[0].GetProperty("embedding");

        Assert.Equal(3072, numbers.GetArrayLength());
        Assert.Equal(numbers.EnumerateArray().Select(number => number.GetSingle()), MemoryMarshal.Cast<byte, float>(base64.GetBytesFromBase64()).ToArray());
    }

    [Theory]
    [InlineData("""{"model":"text-embedding-3-small"}""", 400)]
    [InlineData("""{"model":"text-embedding-3-small","input":[]}""", 400)]
    [InlineData("""{"model":"text-embedding-3-small","input":""}""", 400)]
    [InlineData("""{"model":"text-embedding-3-small","input":[{"image":"x"}]}""", 400)]
    [InlineData("""{"model":"gpt-4o","input":"a"}""", 404)]
    public async Task Bad_request_is_refused_and_not_billed(string body, int status)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(Path, body);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Empty(await simulator.InvoiceAsync());
    }

    [Theory]
    [InlineData("gpt-4o-mini/chat/completions?api-version=2024-10-21", "gpt-4o-mini")]
    [InlineData("eu-gpt-4o/chat/completions?api-version=2024-10-21", "gpt-4o")]
    [InlineData("text-embedding-3-small/embeddings?api-version=2024-10-21", "text-embedding-3-small")]
    [InlineData("gpt-4o-mini/chat/completions", null)]
    [InlineData("mine/chat/completions?api-version=2024-10-21", null)]
    public async Task Azures_address_names_the_model_and_the_key_has_its_own_header(string address, string? model)
    {
        await using var simulator = await StartAsync();
        simulator.Http.DefaultRequestHeaders.Authorization = null;
        const string body = """{"messages":[{"role":"user","content":"hello"}],"input":"hello"}""";

        using var keyless = await simulator.PostAsync("/openai/deployments/" + address, body);
        using var response = await simulator.PostAsync("/openai/deployments/" + address, body, "api-key: 12345678");

        Assert.Equal(HttpStatusCode.Unauthorized, keyless.StatusCode);
        Assert.Equal(model is null ? HttpStatusCode.NotFound : HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(model is null ? [] : [model], (await simulator.InvoiceAsync()).Select(line => line.GetProperty("model").GetString()!));
    }
}
