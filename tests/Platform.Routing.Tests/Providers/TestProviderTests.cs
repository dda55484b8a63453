using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Providers;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Providers;

/// <summary>A provider is asked as calls ask it, with the key where its kind wants it, and what it says of the key goes nowhere.</summary>
public sealed class TestProviderTests : PolicyDatabase
{
    private const string Key = "sk-local-0123456789";
    private const string TeamKey = "sk-search-0123456789";
    private WebApplication? _server;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var builder = LoopbackServer.NewBuilder();
        builder.Services.AddRouting();
        _server = builder.Build();
        _server.MapGet("/bearer/v1/models", (HttpContext http) => Models(http.Request.Headers.Authorization == $"Bearer {Key}" || http.Request.Headers.Authorization == $"Bearer {TeamKey}"));
        _server.MapGet("/lists/{names}/v1/models", (string names) => Results.Json(new { data = names.Split(',').Select(name => new { id = name.Replace('~', '/') }) }));
        _server.MapGet("/anthropic/v1/models", (HttpContext http) => Models(http.Request.Query["limit"] == "1000" && http.Request.Headers["x-api-key"] == Key && http.Request.Headers["anthropic-version"] == "2023-06-01"));
        _server.MapGet("/azure/openai/models", (HttpContext http) => Models(http.Request.Headers["api-key"] == Key && http.Request.Query["api-version"] == "v 1"));
        _server.MapGet("/gemini/v1beta/openai/models", (HttpContext http) => Models(http.Request.Headers.Authorization == $"Bearer {Key}"));
        _server.MapGet("/open/v1/models", (HttpContext http) => Models(http.Request.Headers.Authorization.Count == 0));
        _server.MapGet("/refuses/v1/models", () => Results.Json(new { error = $"bad key {Key}" }, statusCode: 401));
        _server.MapGet("/moved/v1/models", () => Results.Redirect("http://localhost:1/"));
        _server.MapGet("/page/v1/models", () => Results.Text("<html>"));
        _server.MapGet("/broken/v1/models", () => Results.StatusCode(500));
        await _server.StartAsync(Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("compatible", "bearer", "env:LOCAL_API_KEY", "", "True 200 2 local/llama It took the key and names 2 models.")]
    [InlineData("openai", "bearer", "env:LOCAL_API_KEY", "", "True 200 2 local/llama It took the key and names 2 models.")]
    [InlineData("compatible", "bearer", "none", "search", "True 200 2 local/llama It took the key and names 2 models.")]
    [InlineData("compatible", "bearer", "none", "", "False 401 0  It refused the key. Check the variable or the file that the policy names.")]
    [InlineData("anthropic", "anthropic", "env:LOCAL_API_KEY", "", "True 200 2 local/llama It took the key and names 2 models.")]
    [InlineData("azure_openai", "azure", "env:LOCAL_API_KEY", "", "True 200 2  It took the key and names 2 models; which of them are deployed it does not tell.")]
    [InlineData("compatible", "open", "none", "", "True 200 2 local/llama It took the key and names 2 models.")]
    [InlineData("compatible", "refuses", "env:LOCAL_API_KEY", "", "False 401 0  It refused the key. Check the variable or the file that the policy names.")]
    [InlineData("compatible", "moved", "env:LOCAL_API_KEY", "", "False 302 0  It sends elsewhere, which the gateway does not follow. Name the final address in base_url.")]
    [InlineData("compatible", "page", "env:LOCAL_API_KEY", "", "False 200 0  It answered, but with no list of models. Check base_url.")]
    [InlineData("compatible", "nowhere", "env:LOCAL_API_KEY", "", "False 404 0  There is no list of models at its address. Check base_url, which goes without /v1, and api_path.")]
    [InlineData("compatible", "broken", "env:LOCAL_API_KEY", "", "False 500 0  It answered 500. Try again later; if it stays, ask the provider.")]
    public async Task A_test_says_how_the_provider_answered_and_what_to_do(string kind, string path, string key, string team, string expected)
    {
        using var test = await TestAsync(kind, Address + "/" + path, key);
        var answer = await test.RunAsync(new TestProviderRequest { Name = "local", TeamId = team }, Cancel);
        Assert.Equal(expected, $"{answer.Passed} {answer.Status} {answer.Models} {string.Join(',', answer.UnlistedTargets)} {answer.Detail}");
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_or_is_not_set_up_or_not_known_says_so()
    {
        using var away = await TestAsync("compatible", "http://127.0.0.1:9", "none");
        var answer = await away.RunAsync(new TestProviderRequest { Name = "local" }, Cancel);
        Assert.False(answer.Passed);
        Assert.StartsWith("It cannot be reached", answer.Detail, StringComparison.Ordinal);
        using var keyless = await TestAsync("compatible", "http://127.0.0.1:9", "env:MISSING_API_KEY");
        var missing = await Assert.ThrowsAsync<RpcException>(() => keyless.RunAsync(new TestProviderRequest { Name = "local" }, Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, Reasons.ProviderUnavailable), (missing.StatusCode, RpcErrors.ReasonOf(missing)));
        Assert.Contains("its key is missing", missing.Status.Detail, StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<RpcException>(() => keyless.RunAsync(new TestProviderRequest { Name = "nobody" }, Cancel));
        Assert.Equal(Reasons.ProviderNotFound, RpcErrors.ReasonOf(unknown));
    }

    [Theory]
    // What the provider names; the target's model.
    [InlineData("a,llama", "llama", true)]
    [InlineData("models/gemini-2.5-pro", "gemini-2.5-pro", true)]
    [InlineData("models/gemini-2.5-pro", "models/gemini-2.5-pro", true)]
    [InlineData("claude-sonnet-4-5-20250929", "claude-sonnet-4-5", true)]
    [InlineData("claude-sonnet-4-5-20250929", "claude-sonnet-4", false)]
    [InlineData("claude-sonnet-4-5-2025092x", "claude-sonnet-4-5", false)]
    [InlineData("llama-20250929", "llama-20250101", false)]
    public async Task A_target_is_named_by_its_models_name_or_one_that_stands_for_it(string named, string model, bool isNamed)
    {
        using var test = await TestAsync("compatible", $"{Address}/lists/{named.Replace('/', '~')}", "none", model: model);
        Assert.Equal(isNamed, (await test.RunAsync(new TestProviderRequest { Name = "local" }, Cancel)).UnlistedTargets.Count == 0);
    }

    [Fact]
    public async Task A_provider_is_asked_where_its_interface_lies()
    {
        using var test = await TestAsync("compatible", Address + "/gemini", "env:LOCAL_API_KEY", "/v1beta/openai");
        var answer = await test.RunAsync(new TestProviderRequest { Name = "local" }, Cancel);
        Assert.Equal((true, 2), (answer.Passed, answer.Models));
    }

    private string Address => _server!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    private static IResult Models(bool isAuthorised) =>
        isAuthorised ? Results.Json(new { data = new object[] { new { id = "a" }, new { id = "b" }, 7 } }) : Results.StatusCode(401);

    /// <summary>With the provider local as given, and a key of its own for team search.</summary>
    private async Task<TestProvider> TestAsync(string kind, string address, string key, string apiPath = "", string? model = null)
    {
        var policy = PolicyDocuments.Read();
        var local = policy.Providers.Single(provider => provider.Name == "local");
        (local.Kind, local.BaseUrl, local.ApiKey, local.ApiVersion, local.ApiPath) = (kind, address, key, "v 1", apiPath);
        var target = policy.Targets.Single(target => target.Provider == "local");
        (target.Name, target.Model) = (PolicyCompiler.NameOf(target), model ?? target.Model);
        local.TeamApiKeys["search"] = "env:SEARCH_API_KEY";
        await using var connection = await DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        var newest = await PolicyStore.ReadNewestAsync(transaction, Cancel);
        await PolicyStore.AddAsync(transaction, newest with { Version = newest.Version + 1, Policy = policy }, Cancel);
        await transaction.CommitAsync(Cancel);
        var secrets = new ProviderSecrets(new ProviderOptions(), name => name switch { "LOCAL_API_KEY" => $" {Key}\n", "SEARCH_API_KEY" => TeamKey, _ => null }, KeysIn("/nowhere"));
        var replica = ReplicaOf(new PolicyCompiler(secrets));
        await replica.StartAsync(Cancel);
        await replica.StopAsync(Cancel);
        return new TestProvider(replica, Options.Create(new GatewayOptions()), TimeProvider.System);
    }
}
