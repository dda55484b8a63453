using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Platform.Routing.Calls;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Tests.Calls;

public sealed class UnservedRoutesTests : IAsyncLifetime
{
    private readonly WebApplication _app;

    public UnservedRoutesTests()
    {
        var builder = LoopbackServer.NewBuilder();
        builder.Services.AddRouting();
        builder.Services.AddSingleton<MessagesShape>();
        builder.Services.AddSingleton(TimeProvider.System);
        _app = builder.Build();
        _app.UseRouting();
        foreach (var path in new[] { "/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/batches", "/v1/batches/{id}/cancel" })
        {
            _app.MapPost(path, () => Results.Ok());
        }

        foreach (var path in new[] { "/v1/models", "/v1/models/{**name}", "/v1/batches", "/v1/batches/{id}" })
        {
            _app.MapRead(path, () => Results.Text("read"));
        }

        UnservedRoutes.Map(_app);
    }

    public async ValueTask InitializeAsync() => await _app.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("/v1/models", 200)]
    [InlineData("/v1/models/openai/gpt-4o", 200)]
    [InlineData("/v1/batches/0190a000-0000-7000-8000-000000000001", 200)]
    [InlineData("/v1/chat/completions", 405)]
    [InlineData("/v1/nosuch", 404)]
    public async Task Head_is_answered_as_get_is_and_without_a_body(string path, int status)
    {
        using var get = await SendAsync("GET", path);
        using var head = await SendAsync("HEAD", path);

        Assert.Equal((status, status), ((int)get.StatusCode, (int)head.StatusCode));
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal(get.Content.Headers.Allow, head.Content.Headers.Allow);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Allow is empty where nothing is.</summary>
    [Theory]
    [InlineData("GET", "/v1/chat/completions", 405, "POST")]
    [InlineData("DELETE", "/v1/models/gpt-4o", 405, "GET, HEAD")]
    [InlineData("PUT", "/v1/batches", 405, "GET, HEAD, POST")]
    [InlineData("DELETE", "/v1/batches/0190a000-0000-7000-8000-000000000001", 405, "GET, HEAD")]
    [InlineData("GET", "/v1/batches/0190a000-0000-7000-8000-000000000001/cancel", 405, "POST")]
    [InlineData("GET", "/v1/responses", 405, "POST")]
    [InlineData("GET", "/v1/responses/resp_1", 404, "")]
    [InlineData("GET", "/v1/batches/none/nosuch", 404, "")]
    [InlineData("POST", "/v1/nosuch", 404, "")]
    [InlineData("POST", "/v1/chat", 404, "")]
    [InlineData("POST", "/v1/chat/completions", 200, "")]
    public async Task Wrong_method_on_a_known_path_is_told_with_the_methods_that_it_has(string method, string path, int status, string allow)
    {
        using var response = await SendAsync(method, path);

        Assert.Equal((status, allow), ((int)response.StatusCode, string.Join(", ", response.Content.Headers.Allow)));
        if (status != 200)
        {
            var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["error"]!;
            Assert.Equal(status == 405 ? "method_not_allowed" : "route_not_served", (string?)error["code"]);
            Assert.Equal("invalid_request_error", (string?)error["type"]);
        }
    }

    [Theory]
    [InlineData("GET", "/v1/messages", "", "invalid_request_error")]
    [InlineData("POST", "/v1/messages/batches", "", "not_found_error")]
    [InlineData("POST", "/v1/models", "2023-06-01", "invalid_request_error")]
    public async Task Error_has_the_shape_of_the_api_that_is_asked(string method, string path, string version, string type)
    {
        using var response = await SendAsync(method, path, version);

        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        var id = Assert.Single(response.Headers.GetValues("X-KT-Request-Id"));
        Assert.True(Guid.TryParse(id, out _));
        // What the exceptions of OpenAI's and Anthropic's clients show.
        Assert.Equal((id, id), (Assert.Single(response.Headers.GetValues("x-request-id")), Assert.Single(response.Headers.GetValues("request-id"))));
        Assert.Equal(("error", type), ((string?)body["type"], (string?)body["error"]!["type"]));
    }

    [Theory]
    [InlineData("GET", "/", "with /v1 behind it")]
    [InlineData("POST", "/chat/completions", "with /v1 behind it")]
    [InlineData("POST", "/v1/v1/messages", "with /v1 behind it")]
    [InlineData("POST", "/v1/completions", "to /v1/chat/completions")]
    [InlineData("POST", "/v1/messages/batches", "to POST /v1/batches")]
    [InlineData("POST", "/v1/files", "to POST /v1/batches")]
    [InlineData("POST", "/v1/images/generations", "work that waits on /v1/batches.")]
    public async Task Whoever_asks_elsewhere_is_told_what_is_served_and_where(string method, string path, string told)
    {
        using var response = await SendAsync(method, path);

        var message = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["error"]!["message"]!;
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("POST /v1/chat/completions, /v1/responses, /v1/messages", message, StringComparison.Ordinal);
        Assert.Contains(told, message, StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string version = "")
    {
        using var client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (version.Length > 0)
        {
            request.Headers.Add(MessagesShape.VersionHeader, version);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
