using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Platform.Routing.Calls;
using Platform.Routing.Shapes.Messages;
using Platform.Testing;

namespace Platform.Routing.Tests.Calls;

/// <summary>What a caller gets of a fault of the gateway's own.</summary>
public sealed class FaultedRequestsTests : IAsyncLifetime
{
    private readonly WebApplication _app;
    private readonly KeptLog _log = new();

    public FaultedRequestsTests()
    {
        var builder = LoopbackServer.NewBuilder();
        builder.Services.AddRouting();
        builder.Services.AddSingleton<MessagesShape>();
        builder.Logging.AddProvider(_log);
        FaultedRequests.LogInsteadOfServer(builder.Logging);
        _app = builder.Build();
        _app.UseMiddleware<FaultedRequests>();
        _app.UseRouting();
        foreach (var path in new[] { "/v1/chat/completions", "/v1/messages", "/elsewhere" })
        {
            _app.MapPost(path, (HttpContext http) =>
            {
                RequestId.Give(http, TimeProvider.System);
                throw new OverflowException("a fault");
            });
        }

        _app.MapGet("/v1/models", (HttpContext _) => throw new OverflowException("a fault"));
        _app.MapPost("/v1/begun", async (HttpContext http) =>
        {
            await http.Response.WriteAsync("data: {}\n\n");
            throw new OverflowException("a fault");
        });
        _app.MapPost("/v1/cut", async (HttpContext http) =>
        {
            await http.Response.WriteAsync("data: 1\n\n");
            await http.Response.WriteAsync("data: 2\n\n");
            CutAnswer.Mark(http);
        });
        _app.MapPost("/v1/left", (HttpContext http) =>
        {
            http.Abort();
            throw new OverflowException("a fault");
        });
        _app.MapPost("/v1/broken", (HttpContext _) => throw new BadHttpRequestException("too slow", StatusCodes.Status408RequestTimeout));
    }

    public async ValueTask InitializeAsync() => await _app.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _log.Dispose();
    }

    [Theory]
    [InlineData("/v1/chat/completions", "server_error")]
    [InlineData("/v1/messages", "api_error")]
    public async Task It_is_told_in_the_shape_that_is_asked_and_not_to_be_repeated(string path, string type)
    {
        using var response = await SendAsync(path);

        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal((HttpStatusCode.InternalServerError, type, "INTERNAL"), (response.StatusCode, (string?)body["error"]!["type"], (string?)body["error"]!["code"]));
        Assert.DoesNotContain("a fault", body.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("false", Assert.Single(response.Headers.GetValues("x-should-retry")));
        Assert.Equal(Assert.Single(response.Headers.GetValues("X-KT-Request-Id")), Assert.Single(response.Headers.GetValues("x-request-id")));
    }

    [Fact]
    public async Task One_of_what_bills_nothing_may_be_repeated()
    {
        using var client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
        using var response = await client.GetAsync(new Uri("/v1/models", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.InternalServerError, false), (response.StatusCode, response.Headers.Contains("x-should-retry")));
    }

    [Fact]
    public async Task One_within_an_answer_breaks_it_off()
    {
        using var response = await SendAsync("/v1/begun");

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await Eventually.TrueAsync(() => Task.FromResult(_log.Errors > 0), TimeSpan.FromSeconds(30), "the fault to be logged");
        Assert.Equal(1, _log.Errors);
        Assert.Single(_log.Lines, line => line.EndsWith("met a fault of the gateway's own.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_nobody_waits_for_any_more_is_logged_too()
    {
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("/v1/left"));

        await Eventually.TrueAsync(() => Task.FromResult(_log.Errors == 1), TimeSpan.FromSeconds(30), "the fault to be logged");
    }

    [Fact]
    public async Task Cut_answer_reaches_its_caller_with_all_that_was_written_and_without_an_end_and_is_no_fault()
    {
        for (var call = 0; call < 200; call++)
        {
            using var response = await SendAsync("/v1/cut");
            await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            var read = new byte[18];
            await body.ReadExactlyAsync(read, TestContext.Current.CancellationToken);

            Assert.Equal("data: 1\n\ndata: 2\n\n", Encoding.UTF8.GetString(read));
            var cut = await Assert.ThrowsAsync<HttpIOException>(async () => await body.ReadExactlyAsync(read, TestContext.Current.CancellationToken));
            Assert.Equal(HttpRequestError.ResponseEnded, cut.HttpRequestError);
        }

        Assert.Equal(0, _log.Errors);
    }

    /// <summary>The server puts that page around everything where the environment is Development, as it is unless somebody says another.</summary>
    [Fact]
    public async Task Cut_answer_is_no_fault_to_the_page_for_developers_either()
    {
        using var log = new KeptLog();
        var builder = LoopbackServer.NewBuilder();
        builder.Logging.AddProvider(log);
        FaultedRequests.LogInsteadOfServer(builder.Logging);
        await using var app = builder.Build();
        app.UseDeveloperExceptionPage();
        app.Run(async http =>
        {
            await http.Response.WriteAsync("data: 1\n\n");
            CutAnswer.Mark(http);
            CutAnswer.ThrowIfMarked(http);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri(app.Urls.Single()), TestContext.Current.CancellationToken));

        Assert.Equal(0, log.Errors);
    }

    [Theory]
    [InlineData("/v1/broken", 408)]
    [InlineData("/elsewhere", 500)]
    public async Task What_the_server_finds_itself_and_what_is_elsewhere_is_the_servers(string path, int status)
    {
        using var response = await SendAsync(path);

        Assert.Equal((status, ""), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    private async Task<HttpResponseMessage> SendAsync(string path)
    {
        using var client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }
}
