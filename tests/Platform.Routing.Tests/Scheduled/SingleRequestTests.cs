using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Calls;
using Platform.Routing.Scheduled;
using Platform.Routing.Tests.Calls;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>One request of an AI route that is to wait, over a real server.</summary>
public sealed class SingleRequestTests : WaitingWorkTest
{
    [Fact(Timeout = 300_000)]
    public async Task Request_is_kept_under_its_routes_own_path_however_its_caller_spells_it()
    {
        await using var app = await StartAsync(new ScheduledOptions());
        var batches = new List<Uri>();
        foreach (var path in new[] { "/v1/chat/completions", "/v1/Chat/Completions", "/v1/chat/completions/" })
        {
            using var answer = await SendAsync(app, path, "one", TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(Cancel));
            batches.Add(answer.Headers.Location!);
        }

        // However it is spelt it is the same work.
        Assert.Single(batches.Distinct());
        await using var command = DataSource.CreateCommand("SELECT path FROM batch_item");
        Assert.Equal("/v1/chat/completions", await command.ExecuteScalarAsync(Cancel));
    }

    [Fact(Timeout = 300_000)]
    public async Task Request_above_what_its_team_may_have_waiting_hears_when_to_come_again()
    {
        await using var app = await StartAsync(new ScheduledOptions { MaxWaitingItemsPerTeam = 1 });
        using var kept = await SendAsync(app, "/v1/chat/completions", "one", TestContext.Current.CancellationToken);
        using var refused = await SendAsync(app, "/v1/chat/completions", "two", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.TooManyRequests), (kept.StatusCode, refused.StatusCode));
        Assert.Equal(TimeSpan.FromMinutes(1), refused.Headers.RetryAfter?.Delta);
        Assert.Contains("\"code\":\"too_much_waiting_work\"", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public void Key_that_is_empty_or_stands_there_twice_is_refused()
    {
        static ApiError? Of(params string[] keys) =>
            BatchEndpoints.ReadWishes(new DefaultHttpContext { Request = { Headers = { ["Idempotency-Key"] = keys } } }.Request, out _);

        // A key that got lost, and one that a proxy adds to the caller's and anew to the repeat: the work ran twice.
        Assert.Contains("Idempotency-Key is empty or stands there several times", Of("")?.Message, StringComparison.Ordinal);
        Assert.Contains("Idempotency-Key is empty or stands there several times", Of("mine", "the proxy's")?.Message, StringComparison.Ordinal);
        Assert.Null(Of("mine"));
        Assert.Null(Of());
    }

    private static async Task<HttpResponseMessage> SendAsync(WebApplication app, string path, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Headers = { Authorization = new("Bearer", "kt_live_x") }, Content = new StringContent("""{"model":"gpt-4o-mini","messages":[]}""", Encoding.UTF8),
        };
        request.Headers.Add("X-KT-Lane", "scheduled");
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await http.SendAsync(request, cancellationToken);
    }

    private async Task<WebApplication> StartAsync(ScheduledOptions limits)
    {
        var builder = LoopbackServer.NewBuilder();
        builder.Services.AddRouting().AddMetrics();
        var app = builder.Build();
        var options = Options.Create(new GatewayOptions());
        var pipeline = new CallPipeline(
            new OneKey(KeyStanding.Usable, Role.Inference), new RequestBody(new BodyRoom(options, app.Services.GetRequiredService<IMeterFactory>()), options, TimeProvider.System), Policy, Gateway.Planner,
            null!, Submit(limits), Gateway.Forbidden, Gateway.Metrics, TimeProvider.System, NullLogger<CallPipeline>.Instance);
        app.MapPost("/v1/chat/completions", (HttpContext http) => pipeline.HandleAsync(http, Chat));
        await app.StartAsync(Cancel);
        return app;
    }
}
