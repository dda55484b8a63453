using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Platform.AppHost;
using Platform.IntegrationTests;

namespace Platform.SdkTests;

/// <summary>A model that a deployment at Azure serves, whose name is not the model's.</summary>
internal static class AzureModel
{
    public const string Name = "azure-mini";

    /// <summary>What is priced and billed.</summary>
    public const string Model = "gpt-4o-mini";

    private const string KeyVariable = "SDK_TESTS_AZURE_API_KEY";

    /// <summary>Gives the gateway the key that the policy refers to.</summary>
    public static void AddKey(IDistributedApplicationTestingBuilder builder) =>
        RunningPlatform.Service(builder, ResourceNames.Routing).WithEnvironment(KeyVariable, "azure-key-of-the-tests-7777");

    /// <summary>Adds provider, target, model and price; answers once the gateway serves it.</summary>
    public static async Task AddAsync(RunningPlatform platform, CancellationToken cancellationToken)
    {
        using var price = await platform.Api.PostAsJsonAsync(
            "v1/model-pricing",
            new { provider = "azure", model = Model, currency = "USD", input_per_million = 0.15m, cached_input_per_million = 0.075m, output_per_million = 0.60m, source = "test" },
            cancellationToken);
        Assert.True(price.IsSuccessStatusCode, await price.Content.ReadAsStringAsync(cancellationToken));
        var policy = JsonNode.Parse(await platform.Api.GetStringAsync("v1/routes", cancellationToken))!["policy"]!;
        policy["providers"]!.AsArray().Add(new JsonObject
        {
            ["name"] = "azure", ["kind"] = "azure_openai", ["base_url"] = platform.Simulator.BaseAddress!.ToString(), ["api_key"] = "env:" + KeyVariable, ["api_version"] = "2024-10-21",
        });
        policy["targets"]!.AsArray().Add(new JsonObject
        {
            ["provider"] = "azure", ["model"] = Model, ["deployment"] = "eu-" + Model, ["default_max_output_tokens"] = 1024, ["max_output_tokens"] = 16384, ["overhead_tokens"] = 256,
        });
        policy["models"]!.AsArray().Add(new JsonObject
        {
            ["name"] = Name, ["lane"] = "standard", ["route"] = new JsonObject { ["targets"] = new JsonArray(new JsonObject { ["target"] = "azure/" + Model }) },
        });
        using var applied = await platform.Api.PutAsJsonAsync("v1/routes", new JsonObject { ["policy"] = policy.DeepClone(), ["description"] = "a deployment at Azure" }, cancellationToken);
        Assert.True(applied.IsSuccessStatusCode, await applied.Content.ReadAsStringAsync(cancellationToken));
        await Testing.Eventually.TrueAsync(
            async () => (await platform.Gateway.GetStringAsync("v1/models", cancellationToken)).Contains(Name, StringComparison.Ordinal), TimeSpan.FromSeconds(30), "the gateway to serve it");
    }
}
