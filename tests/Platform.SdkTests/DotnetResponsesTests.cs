using System.ClientModel;
using OpenAI;
using OpenAI.Responses;
using Platform.IntegrationTests;

// The library calls this part of it an evaluation, as long as OpenAI may still change it.
#pragma warning disable OPENAI001

namespace Platform.SdkTests;

/// <summary>Responses by the official <c>OpenAI</c> library of NuGet.</summary>
[Collection(SdkPlatformCollection.Name)]
public sealed class DotnetResponsesTests(SdkPlatform sdks)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ResponsesClient Client => new OpenAIClient(
        new ApiKeyCredential(RunningPlatform.SupportKey), new OpenAIClientOptions { Endpoint = new Uri(sdks.Gateway + "/v1") }).GetResponsesClient();

    [Fact]
    public async Task Response_is_answered_plain_and_streamed_alike()
    {
        ResponseResult plain = await Client.CreateResponseAsync(Greeting("gpt-4o-mini"), Cancel);
        var streamed = "";
        var greeting = Greeting("gpt-4o-mini");
        greeting.StreamingEnabled = true;
        await foreach (var update in await Client.CreateResponseStreamingAsync(greeting, Cancel))
        {
            streamed += update is StreamingResponseOutputTextDeltaUpdate delta ? delta.Delta : "";
        }

        Assert.Equal(plain.GetOutputText(), streamed);
        Assert.True(plain.Usage.OutputTokenCount > 10);
    }

    [Fact]
    public async Task Deployment_at_Azure_answers_like_any_other_model()
    {
        ResponseResult answer = await Client.CreateResponseAsync(Greeting(AzureModel.Name), Cancel);
        Assert.Equal(AzureModel.Model, answer.Model);
    }

    [Fact]
    public async Task Tool_of_the_provider_is_refused_with_its_name()
    {
        var greeting = Greeting("gpt-4o-mini");
        greeting.Tools.Add(ResponseTool.CreateWebSearchTool());
        var error = await Assert.ThrowsAsync<ClientResultException>(() => Client.CreateResponseAsync(greeting, Cancel));
        Assert.Equal(400, error.Status);
        Assert.Contains("'web_search'", error.Message, StringComparison.Ordinal);
    }

    private static CreateResponseOptions Greeting(string model) => new() { Model = model, InputItems = { ResponseItem.CreateUserMessageItem("hello") } };
}
