using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Platform.AppHost;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Testing;

namespace Platform.IntegrationTests.Routing;

/// <summary>
/// A model with two targets and a policy that falls back on everything, while its provider fails in every way: what the provider bills is what is metered, posted and
/// exported, to the last digit, and every attempt of unknown outcome is named.
/// </summary>
public sealed class FailoverMoneyTests : IAsyncLifetime
{
    private const string Body = """{"model":"MODEL","messages":[{"role":"user","content":"hello"}],"max_tokens":CAP}""";

    private RunningPlatform? _platform;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RunningPlatform Platform => _platform!;

    public async ValueTask InitializeAsync()
    {
        _platform = await RunningPlatform.StartAsync(Cancel, configure: builder => ImpatientGateway.Configure(builder, seconds: 5));
        await Seed.FundSupportAsync(Platform, Cancel);
        await FallBackOnEverythingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await _platform.DisposeAsync();
        }
    }

    [Fact]
    public async Task Storms_errors_resets_and_hangs_with_fallback_leave_four_equal_figures()
    {
        await HangTwiceAsync();
        var answered = 0;
        object[] faults =
        [
            new { status = 429, retry_after_s = 1, count = 5 }, new { status = 500, count = 5 }, new { status = 503, count = 3 }, new { status = 502, count = 2 },
            new { cut_after_tokens = 3, cut_by = "reset", count = 2 }, new { cut_after_tokens = 0, cut_by = "hang", count = 2 }, new { refusal = "context_length", count = 2 },
            new { cut_after_tokens = 2, count = 2 },
        ];
        foreach (var fault in faults)
        {
            await SetFaultAsync(fault);
            answered += (await Task.WhenAll(Enumerable.Range(0, 6).Select(i => CallAsync(stream: i % 3 == 0)))).Count(status => status == HttpStatusCode.OK);
        }

        using var cleared = await Platform.Simulator.DeleteAsync("admin/faults", Cancel);

        // 23 faults would end as many of the 48 calls if none fell back.
        Assert.True(answered > 25, $"Only {answered} of 48 calls were answered, so fallback did little.");
        var forgotten = await CallByRouteAsync();
        await Eventually.TrueAsync(
            async () => (await Platform.Api.GetStringAsync("v1/reconciliation/open-holds", Cancel)).Contains(forgotten, StringComparison.Ordinal),
            TimeSpan.FromSeconds(30),
            "the attempt that was never reported to be in suspense");
        var unknown = await Suspense.SettleAsync(Platform, Cancel, atLeast: 1);
        Assert.Equal("not reported in time", unknown[forgotten]);
        Assert.True(unknown.Count > 1, "Nothing else was unknown, so the faults did little.");
        await Reconciliation.AssertEqualAsync(Platform, Cancel);
        await AssertAttemptsAreToldAsync();
    }

    /// <summary>A call that hangs at its target and again at the one behind it: of neither attempt does anybody know what it used.</summary>
    private async Task HangTwiceAsync()
    {
        await SetFaultAsync(new { cut_after_tokens = 0, cut_by = "hang", count = 2 });
        Assert.Equal(HttpStatusCode.GatewayTimeout, await CallAsync(stream: false));
    }

    private async Task SetFaultAsync(object fault)
    {
        using var set = await Platform.Simulator.PostAsJsonAsync("admin/faults", fault, Cancel);
        Assert.True(set.IsSuccessStatusCode, await set.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>A platform that calls the provider itself: one attempt reported, one released unsent, one sent and never reported; answers that one.</summary>
    private async Task<string> CallByRouteAsync()
    {
        using var channel = Platform.GrpcOf(ResourceNames.Routing);
        var route = new Route.RouteClient(channel);
        var token = new Metadata { { "Authorization", $"Bearer {RunningPlatform.SupportKey}" } };
        var asked = new DecideRequest { Model = "gpt-4o-mini", MaxInputTokens = Body.Length, MaxOutputTokens = 20 };
        var (reported, released) = (await DecideAsync(), await DecideAsync());
        await SendAsync(reported);
        var usage = JsonNode.Parse(await CallProviderAsync(reported))!["usage"]!;
        var tokens = new Tokens { Input = (long)usage["prompt_tokens"]!, Output = (long)usage["completion_tokens"]! };
        await route.ReportAsync(new ReportAttemptRequest { AttemptId = reported.AttemptId, Tokens = tokens }, token, cancellationToken: Cancel);
        await route.ReleaseAsync(new ReleaseAttemptRequest { AttemptId = released.AttemptId, Reason = "changed its mind" }, token, cancellationToken: Cancel);

        // Decided when the others are done with: of those the provider may take its time, and this one has to be sent within its own.
        asked.ReportWithinSeconds = 5;
        var forgotten = await DecideAsync();
        await SendAsync(forgotten);
        await CallProviderAsync(forgotten);
        return forgotten.AttemptId;

        async Task<DecideResponse> DecideAsync() => await route.DecideAsync(asked, token, cancellationToken: Cancel);

        async Task SendAsync(DecideResponse decided) =>
            await route.MarkSentAsync(new MarkAttemptSentRequest { AttemptId = decided.AttemptId }, token, cancellationToken: Cancel);
    }

    /// <summary>As the decision says: the target's model, its output cap, the attempt's id.</summary>
    private async Task<string> CallProviderAsync(DecideResponse decided)
    {
        var body = Body.Replace("MODEL", decided.Model, StringComparison.Ordinal).Replace("CAP", $"{decided.OutputCap}", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Authorization", "Bearer sk-simulator");
        request.Headers.Add("X-KT-Attempt-Id", decided.AttemptId);
        using var response = await Platform.Simulator.SendAsync(request, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadAsStringAsync(Cancel);
    }

    /// <summary>Records of later attempts name the ones that they repeat, whoever made the record: the gateway, or an operator by the bill.</summary>
    private async Task AssertAttemptsAreToldAsync()
    {
        List<JsonNode> records = [];
        await Eventually.TrueAsync(
            async () =>
            {
                var page = JsonNode.Parse(await Platform.Api.GetStringAsync("v1/usage?page_size=200", Cancel))!;
                records = [.. page["records"]!.AsArray().Select(record => record!)];
                return records.Any(record => (bool)record["fallback"]!);
            },
            TimeSpan.FromSeconds(20),
            "records of fallbacks");
        var later = records.Where(record => (int)record["attempt_number"]! > 1).ToList();
        Assert.Contains(later, record => (string)record["source"]! == UsageSources.Suspense && (bool)record["fallback"]!);
        Assert.All(later, record => Assert.NotEqual("", (string)record["retry_of"]!));
        Assert.All(records, record => Assert.NotEqual("", (string)record["route_reason"]!));
    }

    private async Task<HttpStatusCode> CallAsync(bool stream)
    {
        try
        {
            var (status, _, response) = await Chat.CallAsync(Platform.Gateway, Cancel, stream: stream, maxTokens: 20);
            response.Dispose();
            return status;
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException)
        {
            // A stream that was cut after it had begun.
            return HttpStatusCode.BadGateway;
        }
    }

    /// <summary>gpt-4o-mini is served by its own target, then by gpt-4.1-mini.</summary>
    private async Task FallBackOnEverythingAsync()
    {
        var policy = JsonNode.Parse(await Platform.Api.GetStringAsync("v1/routes", Cancel))!["policy"]!;
        var model = policy["models"]!.AsArray().Single(model => (string)model!["name"]! == "gpt-4o-mini")!;
        model["route"] = JsonNode.Parse("""
            {"targets":[{"target":"openai/gpt-4o-mini"},{"target":"openai/gpt-4.1-mini"}],
             "failover":{"retry_on":["connection"],"fallback_on":["rate_limit","timeout","server_error","connection","context_length","content_policy"],"max_attempts":3,"retry_budget_percent":100,"backoff_ms":10}}
            """);
        using var request = new HttpRequestMessage(HttpMethod.Put, "v1/routes") { Content = JsonContent.Create(new JsonObject { ["policy"] = policy.DeepClone() }) };
        request.Headers.Add("Idempotency-Key", "fallback");
        using var response = await Platform.Api.SendAsync(request, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        var version = (long)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["version"]!["version"]!;
        await Eventually.TrueAsync(
            async () =>
            {
                await CallAsync(stream: false);
                return (await Platform.Api.GetStringAsync("v1/usage?page_size=5", Cancel)).Contains($"policy@{version}", StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(20),
            "the policy to be served by");
    }
}
