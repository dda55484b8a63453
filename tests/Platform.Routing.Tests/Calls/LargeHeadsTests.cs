using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Platform.Routing.Calls;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Tests.Calls;

/// <summary>What a caller gets whose headers are larger than are taken.</summary>
public sealed class LargeHeadsTests : IAsyncLifetime
{
    private readonly WebApplication _app;

    public LargeHeadsTests()
    {
        var builder = LoopbackServer.NewBuilder();
        builder.Services.AddRouting();
        builder.Services.AddSingleton<MessagesShape>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.WebHost.ConfigureKestrel(LargeHeads.TakeIn);
        _app = builder.Build();
        _app.UseMiddleware<LargeHeads>();
        _app.UseRouting();
        _app.MapPost("/v1/chat/completions", () => Results.Ok());
        _app.MapPost("/v1/messages", () => Results.Ok());
    }

    public async ValueTask InitializeAsync() => await _app.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("/v1/chat/completions", 1, 20_000, 200)]
    [InlineData("/v1/chat/completions", 90, 100, 200)]
    [InlineData("/v1/chat/completions", 1, 40_000, 431)]
    [InlineData("/v1/chat/completions", 150, 100, 431)]
    [InlineData("/v1/messages", 1, 40_000, 431)]
    public async Task It_is_told_which_is_the_largest_and_in_the_shape_that_is_asked(string path, int headers, int bytes, int status)
    {
        using var response = await SendAsync(path, headers, bytes);
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 431)
        {
            var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
            Assert.Equal(("request_headers_too_large", path == "/v1/messages"), ((string?)body["error"]!["code"], (string?)body["type"] == "error"));
            var largest = headers > 1 ? "X-Much-100" : "X-Much-0";
            Assert.Contains($"'{largest}' with {largest.Length + bytes} bytes", (string?)body["error"]!["message"], StringComparison.Ordinal);
            Assert.Equal(Assert.Single(response.Headers.GetValues("X-KT-Request-Id")), Assert.Single(response.Headers.GetValues("x-request-id")));
        }
    }

    [Fact]
    public async Task What_is_larger_still_the_server_refuses_without_a_word()
    {
        using var response = await SendAsync("/v1/chat/completions", 10, 30_000);
        Assert.Equal((HttpStatusCode.RequestHeaderFieldsTooLarge, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    private async Task<HttpResponseMessage> SendAsync(string path, int headers, int bytes)
    {
        using var client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        for (var header = 0; header < headers; header++)
        {
            request.Headers.TryAddWithoutValidation($"X-Much-{header}", new string('a', bytes));
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
