using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using Platform.IntegrationTests;

namespace Platform.SdkTests;

/// <summary>The official <c>OpenAI</c> library of NuGet, used as its own documentation uses it.</summary>
[Collection(SdkPlatformCollection.Name)]
public sealed class DotnetLibraryTests(SdkPlatform sdks)
{
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}""";

    private static readonly ChatMessage[] Hello = [new UserChatMessage("hello")];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_is_answered_plain_and_streamed_alike()
    {
        var chat = Client().GetChatClient("gpt-4o-mini");

        ChatCompletion plain = await chat.CompleteChatAsync(Hello, cancellationToken: Cancel);
        var streamed = "";
        await foreach (var update in chat.CompleteChatStreamingAsync(Hello, cancellationToken: Cancel))
        {
            streamed += string.Concat(update.ContentUpdate.Select(part => part.Text));
        }

        Assert.Equal(plain.Content[0].Text, streamed);
        Assert.True(plain.Usage.OutputTokenCount > 10);
    }

    [Fact]
    public async Task Tool_is_called_and_its_result_answered()
    {
        var chat = Client().GetChatClient("gpt-4o-mini");
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("weather", "of a city", BinaryData.FromString(Schema)) } };

        ChatCompletion called = await chat.CompleteChatAsync(Hello, options, Cancel);
        var call = Assert.Single(called.ToolCalls);
        ChatCompletion answered = await chat.CompleteChatAsync([.. Hello, new AssistantChatMessage(called), new ToolChatMessage(call.Id, "sunny")], options, Cancel);

        Assert.Equal(ChatFinishReason.ToolCalls, called.FinishReason);
        Assert.NotNull((string?)JsonNode.Parse(call.FunctionArguments)!["city"]);
        Assert.Equal(ChatFinishReason.Stop, answered.FinishReason);
    }

    [Fact]
    public async Task Structured_output_fits_its_schema_and_an_image_is_taken()
    {
        var chat = Client().GetChatClient("gpt-4o");
        var options = new ChatCompletionOptions { ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("place", BinaryData.FromString(Schema)) };
        var image = new UserChatMessage(ChatMessageContentPart.CreateTextPart("where is it?"), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(new byte[64]), "image/png"));

        ChatCompletion answer = await chat.CompleteChatAsync([image], options, Cancel);

        Assert.NotNull((string?)JsonNode.Parse(answer.Content[0].Text)!["city"]);
        Assert.True(answer.Usage.InputTokenCount > 700);
    }

    [Fact]
    public async Task Deployment_at_Azure_answers_like_any_other_model()
    {
        ChatCompletion answer = await Client().GetChatClient(AzureModel.Name).CompleteChatAsync(Hello, cancellationToken: Cancel);

        Assert.Equal(AzureModel.Model, answer.Model);
        var bill = await sdks.Platform.Simulator.GetStringAsync("invoice", Cancel);
        Assert.Contains(bill.Split('\n'), line => line.Contains("\"upstream_key\":\"7777\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Embeddings_and_models_are_there()
    {
        var client = Client();

        OpenAIEmbeddingCollection vectors = await client.GetEmbeddingClient("text-embedding-3-small").GenerateEmbeddingsAsync(["a", "b"], cancellationToken: Cancel);
        var models = await client.GetOpenAIModelClient().GetModelsAsync(Cancel);

        Assert.Equal([1536, 1536], vectors.Select(vector => vector.ToFloats().Length));
        Assert.Contains("gpt-4o-mini", models.Value.Select(model => model.Id));
    }

    [Theory]
    [InlineData("empty", "gpt-4o-mini", 402)]
    [InlineData("kt_live_nobody", "gpt-4o-mini", 401)]
    [InlineData("any", "gpt-0", 404)]
    public async Task Refusal_is_raised_with_its_status_and_not_retried(string key, string model, int status)
    {
        var counter = new Counter();
        var client = Client(key switch { "empty" => sdks.EmptyKey, "any" => RunningPlatform.SupportKey, _ => key }, counter);

        var error = await Assert.ThrowsAsync<ClientResultException>(() => client.GetChatClient(model).CompleteChatAsync(Hello, cancellationToken: Cancel));

        Assert.Equal(status, error.Status);
        Assert.Equal([status], counter.Statuses);
    }

    [Fact]
    public async Task Rate_limit_is_retried()
    {
        await MisbehaveAsync(new { status = 429, retry_after_s = 0 });
        var counter = new Counter { After = () => sdks.Platform.Simulator.DeleteAsync("admin/faults", Cancel) };

        ChatCompletion answer = await Client(counter: counter).GetChatClient("gpt-4o-mini").CompleteChatAsync(Hello, cancellationToken: Cancel);

        Assert.NotEmpty(answer.Content[0].Text);
        Assert.Equal([429, 200], counter.Statuses);
    }

    [Fact]
    public async Task Stream_may_be_left_in_its_middle()
    {
        await MisbehaveAsync(new { token_interval_ms = 20, output_tokens = 200, count = 1 });
        var pieces = 0;
        await foreach (var _ in Client().GetChatClient("gpt-4o-mini").CompleteChatStreamingAsync(Hello, cancellationToken: Cancel))
        {
            if (++pieces == 5)
            {
                break;
            }
        }

        Assert.Equal(5, pieces);
    }

    private OpenAIClient Client(string key = RunningPlatform.SupportKey, Counter? counter = null)
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(sdks.Gateway + "/v1") };
        if (counter is not null)
        {
            options.Transport = new HttpClientPipelineTransport(new HttpClient(counter));
        }

        return new OpenAIClient(new ApiKeyCredential(key), options);
    }

    private async Task MisbehaveAsync(object fault)
    {
        using var response = await sdks.Platform.Simulator.PostAsJsonAsync("admin/faults", fault, Cancel);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Remembers the status of each request that the library really made.</summary>
    private sealed class Counter() : DelegatingHandler(new SocketsHttpHandler())
    {
        public List<int> Statuses { get; } = [];

        public Func<Task>? After { get; init; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            Statuses.Add((int)response.StatusCode);
            await (After?.Invoke() ?? Task.CompletedTask);
            return response;
        }
    }
}
