using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Platform.IntegrationTests;

/// <summary>Calls of models as a client of the AI gateway makes them.</summary>
internal static class Chat
{
    /// <summary>One call; the answer is read to its end.</summary>
    public static async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Response)> CallAsync(
        HttpClient client, CancellationToken cancellationToken, string model = "gpt-4o-mini", string content = "hello", bool stream = false, int? maxTokens = null,
        IReadOnlyDictionary<string, string>? headers = null)
    {
        using var request = Request(model, content, stream, maxTokens, headers);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken), response);
    }

    public static HttpRequestMessage Request(
        string model, string content, bool stream, int? maxTokens = null, IReadOnlyDictionary<string, string>? headers = null)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content }),
            ["stream"] = stream,
        };
        if (maxTokens is not null)
        {
            body["max_tokens"] = maxTokens;
        }

        var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create(body) };
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            request.Headers.Add(name, value);
        }

        return request;
    }
}
