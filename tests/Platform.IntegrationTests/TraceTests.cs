using Platform.IntegrationTests.Telemetry;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>One call is one trace, through every service and the broker.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task The_posting_of_a_call_belongs_to_the_calls_trace_and_links_to_its_batch()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var collector = await SpanCollector.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(
            cancel, waitUntilHealthy: true, $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Endpoint}");
        await Seed.FundSupportAsync(platform, cancel);
        var trace = Guid.CreateVersion7().ToString("N");
        var (status, body, _) = await Chat.CallAsync(
            platform.Gateway, cancel, headers: new Dictionary<string, string> { ["traceparent"] = $"00-{trace}-00f067aa0ba902b7-01" });
        Assert.True(status == System.Net.HttpStatusCode.OK, body);

        List<CollectedSpan> spans = [];
        await Eventually.TrueAsync(
            () =>
            {
                spans = [.. collector.Spans.Where(span => span.TraceId == trace)];
                return Task.FromResult(spans.Any(span => span.Name == "wallet post"));
            },
            TimeSpan.FromSeconds(20),
            "the posting's span in the call's trace");

        // Gateway, its hold in Wallet, the upstream call, and the posting by Wallet's consumer.
        Assert.Contains(spans, span => span.Service == "routing");
        Assert.Contains(spans, span => span.Service == "wallet" && span.Name != "wallet post");
        var posting = spans.Single(span => span.Name == "wallet post");
        Assert.Equal("wallet", posting.Service);
        Assert.NotEmpty(posting.LinkedTraceIds);
        Assert.DoesNotContain(trace, posting.LinkedTraceIds);
    }
}
