using System.Net;
using System.Text.Json;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Providers;

/// <summary>Asks a provider for its models, as calls would be sent: same address, same key.</summary>
internal sealed class TestProvider(RoutingTableReplica policy, IOptions<GatewayOptions> options, TimeProvider time) : IDisposable
{
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>Before every name in Gemini's list; calls may have it too, and need not.</summary>
    private const string GeminiPrefix = "models/";

    private readonly HttpClient _http = new(ProviderHandler.Create(options.Value))
    {
        Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = MostBytes,
    };

    /// <exception cref="RpcException">NOT_FOUND (PROVIDER_NOT_FOUND), FAILED_PRECONDITION (PROVIDER_UNAVAILABLE).</exception>
    public async Task<TestProviderResponse> RunAsync(TestProviderRequest request, CancellationToken cancellationToken)
    {
        var table = policy.Current;
        if (!table.Providers.TryGetValue(request.Name, out var provider))
        {
            throw RpcErrors.NotFound(Reasons.ProviderNotFound, $"There is no provider '{Validation.Shown(request.Name)}' in the routing policy. List the providers.");
        }

        if (provider.BaseUrl is null || provider.KeyFor(request.TeamId) is not { } key)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.ProviderUnavailable,
                $"The provider '{provider.Name}' is not set up: {provider.MissingFor(request.TeamId)} is missing. Name it in the policy, or in the routing service's environment, and start the service again; a key's file only has to be there.");
        }

        var started = time.GetTimestamp();
        try
        {
            using var question = ToRequest(provider, key);
            using var answer = await _http.SendAsync(question, HttpCompletionOption.ResponseContentRead, cancellationToken);
            var named = answer.IsSuccessStatusCode ? ReadModels(await answer.Content.ReadAsByteArrayAsync(cancellationToken)) : null;
            return Describe(table, provider, answer.StatusCode, named, Elapsed(started));
        }
        catch (HttpRequestException exception)
        {
            return new TestProviderResponse { LatencyMs = Elapsed(started), Detail = $"It cannot be reached ({exception.HttpRequestError}). Check its address, and the way there." };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new TestProviderResponse { LatencyMs = Elapsed(started), Detail = "It did not answer within 10 seconds." };
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage ToRequest(RouteProvider provider, ProviderKey key)
    {
        var path = provider.Kind switch
        {
            ProviderKind.AzureOpenAi => $"/openai/models?api-version={Uri.EscapeDataString(provider.ApiVersion)}",
            // Unasked it names the newest twenty.
            ProviderKind.Anthropic => $"{provider.ApiPath}/models?limit=1000",
            ProviderKind.OpenAi or ProviderKind.Compatible => $"{provider.ApiPath}/models",
        };
        var request = new HttpRequestMessage(HttpMethod.Get, provider.BaseUrl + path);
        ProviderCredentials.AddTo(request, provider.Kind, key);
        if (provider.Kind == ProviderKind.Anthropic)
        {
            request.Headers.Add("anthropic-version", "2023-06-01");
        }

        return request;
    }

    private static TestProviderResponse Describe(RoutingTable table, RouteProvider provider, HttpStatusCode status, HashSet<string>? named, int latencyMs)
    {
        var response = new TestProviderResponse { Passed = named is not null, Status = (int)status, LatencyMs = latencyMs, Models = named?.Count ?? 0 };
        var isOfDeployments = provider.Kind == ProviderKind.AzureOpenAi;
        if (named is not null && !isOfDeployments)
        {
            response.UnlistedTargets.AddRange(table.Targets.Values
                .Where(target => target.Provider.Name == provider.Name && !IsNamed(named, target.Model)).Select(target => target.Name).Order(StringComparer.Ordinal));
        }

        response.Detail = (status, named) switch
        {
            (_, not null) when isOfDeployments => $"It took the key and names {named.Count} models; which of them are deployed it does not tell.",
            (_, not null) => $"It took the key and names {named.Count} models.",
            (HttpStatusCode.ProxyAuthenticationRequired, _) => "The proxy by which it is reached refused. Check HTTPS_PROXY of the routing service.",
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => "It refused the key. Check the variable or the file that the policy names.",
            (HttpStatusCode.NotFound, _) => "There is no list of models at its address. Check base_url, which goes without /v1, and api_path.",
            ( >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices, _) => "It answered, but with no list of models. Check base_url.",
            ( >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest, _) => "It sends elsewhere, which the gateway does not follow. Name the final address in base_url.",
            _ => $"It answered {(int)status}. Try again later; if it stays, ask the provider.",
        };
        return response;
    }

    /// <summary>Also by a name that stands for a dated one, such as <c>claude-sonnet-4-5</c> for <c>claude-sonnet-4-5-20250929</c>: lists have the dated ones.</summary>
    private static bool IsNamed(HashSet<string> named, string model)
    {
        var name = WithoutPrefix(model);
        return named.Contains(name) || named.Any(other => other.StartsWith(name, StringComparison.Ordinal) && other.AsSpan(name.Length) is ['-', .. { Length: 8 } date] && !date.ContainsAnyExceptInRange('0', '9'));
    }

    private static string WithoutPrefix(string model) => model.StartsWith(GeminiPrefix, StringComparison.Ordinal) ? model[GeminiPrefix.Length..] : model;

    /// <summary>Names in OpenAI's and Anthropic's shape: <c>{"data":[{"id":…}]}</c>; null when it is none.</summary>
    private static HashSet<string>? ReadModels(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
                ? [.. data.EnumerateArray().Where(model => model.ValueKind == JsonValueKind.Object && model.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String)
                    .Select(model => WithoutPrefix(model.GetProperty("id").GetString()!))]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private int Elapsed(long started) => (int)time.GetElapsedTime(started).TotalMilliseconds;
}
