using Platform.IntegrationTests.Telemetry;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>One call is one trace, through every service and the broker.</summary>
public sealed class TraceTests
{
    private const string Posting = "wallet post";

    [Fact]
    public async Task The_posting_of_a_call_belongs_to_the_calls_trace_and_links_to_its_batch()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var collector = await SpanCollector.StartAsync();
        await using var platform = await RunningPlatform.StartAsync(
            cancel, settings: $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Endpoint}");
        await Seed.FundSupportAsync(platform, cancel);
        var trace = Guid.CreateVersion7().ToString("N");
        var (status, body, _) = await Chat.CallAsync(
            platform.Gateway, cancel, headers: new Dictionary<string, string> { ["traceparent"] = $"00-{trace}-00f067aa0ba902b7-01" });
        Assert.True(status == System.Net.HttpStatusCode.OK, body);

        // Gateway, its hold in Wallet, and the posting by Wallet's consumer. Each process sends its spans when its own second is over, so no span says that
        // those of another process are here already: each is waited for.
        List<CollectedSpan> spans = [];
        Func<CollectedSpan, bool>[] expected =
        [
            span => span.Service == "routing",
            span => span.Service == "wallet" && span.Name != Posting,
            span => span.Name == Posting,
        ];
        await Eventually.TrueAsync(
            () =>
            {
                spans = [.. collector.Spans.Where(span => span.TraceId == trace)];
                return Task.FromResult(expected.All(spans.Any));
            },
            TimeSpan.FromSeconds(60),
            "the spans of gateway, wallet and posting in the call's trace");

        var posting = spans.Single(span => span.Name == Posting);
        Assert.Equal("wallet", posting.Service);
        Assert.NotEmpty(posting.LinkedTraceIds);
        Assert.DoesNotContain(trace, posting.LinkedTraceIds);
    }
}
