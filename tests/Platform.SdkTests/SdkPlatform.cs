using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Platform.IntegrationTests;
using Platform.Testing;

namespace Platform.SdkTests;

/// <summary>A running platform with a key for every purpose, and what the libraries' scripts found on it.</summary>
public sealed class SdkPlatform : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Task<IReadOnlyDictionary<string, string?>>> _results = new();
    private static readonly string[] NarrowModels = ["gpt-4o-mini"];

    private RunningPlatform? _platform;
    private NodeScripts? _scripts;

    public RunningPlatform Platform => _platform ?? throw new InvalidOperationException("The platform has not started.");

    /// <summary>Of a team without money.</summary>
    public string EmptyKey { get; private set; } = "";

    /// <summary>The gateway's address, without <c>/v1</c>.</summary>
    public string Gateway => Platform.Gateway.BaseAddress!.ToString().TrimEnd('/');

    /// <summary>What a script found, case by case: null, or what went wrong. It runs once, when it is first asked for.</summary>
    public Task<IReadOnlyDictionary<string, string?>> ResultsOf(string script) =>
        _results.GetOrAdd(script, name => _scripts!.RunAsync(name, CancellationToken.None));

    public async ValueTask InitializeAsync()
    {
        _platform = await RunningPlatform.StartAsync(CancellationToken.None, configure: AzureModel.AddKey);
        await Seed.FundSupportAsync(Platform, CancellationToken.None);
        await NameContextWindowAsync();
        await AzureModel.AddAsync(Platform, CancellationToken.None);
        await PostAsync("v1/teams", new { team_id = "team_empty", name = "Empty" });
        EmptyKey = await MakeKeyAsync(new { team_id = "team_empty", name = "empty" });
        var narrow = await MakeKeyAsync(new { team_id = "team_support", name = "narrow", allowed_models = NarrowModels });
        await KnownAsync(narrow);
        _scripts = await NodeScripts.InstallAsync(
            new Dictionary<string, string>
            {
                ["GATEWAY_URL"] = Gateway,
                ["SIMULATOR_URL"] = Platform.Simulator.BaseAddress!.ToString().TrimEnd('/'),
                ["ANY_KEY"] = RunningPlatform.SupportKey,
                ["EMPTY_KEY"] = EmptyKey,
                ["NARROW_KEY"] = narrow,
            },
            CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await _platform.DisposeAsync();
        }
    }

    /// <summary>Of one model, so that what the libraries only refer to can be bounded there. It is served once the model that comes after it is.</summary>
    private async Task NameContextWindowAsync()
    {
        var policy = JsonNode.Parse(await Platform.Api.GetStringAsync("v1/routes"))!["policy"]!;
        policy["targets"]!.AsArray().Single(target => (string?)target!["name"] == "openai/gpt-4o-mini")!["context_tokens"] = 128_000;
        using var applied = await Platform.Api.PutAsJsonAsync("v1/routes", new JsonObject { ["policy"] = policy.DeepClone(), ["description"] = "a context window" });
        Assert.True(applied.IsSuccessStatusCode, await applied.Content.ReadAsStringAsync());
    }

    private async Task<string> MakeKeyAsync(object key) => (string)(await PostAsync("v1/keys", key))["secret"]!;

    private async Task<JsonNode> PostAsync(string path, object body)
    {
        using var response = await Platform.Api.PostAsJsonAsync(path, body);
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, answer);
        return JsonNode.Parse(answer)!;
    }

    /// <summary>Keys arrive in order, so whoever knows the newest knows the others.</summary>
    private Task KnownAsync(string newest) => Eventually.TrueAsync(
        async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { { "Authorization", $"Bearer {newest}" } } };
            using var response = await Platform.Gateway.SendAsync(request);
            return response.IsSuccessStatusCode;
        },
        TimeSpan.FromSeconds(30),
        "the new keys to be known to the gateway");
}

[CollectionDefinition(Name)]
public sealed class SdkPlatformCollection : ICollectionFixture<SdkPlatform>
{
    public const string Name = "one platform for all libraries";
}
