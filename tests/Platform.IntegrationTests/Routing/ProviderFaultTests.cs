using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Platform.IntegrationTests.Routing;

/// <summary>
/// Every way in which a provider misbehaves, in every shape. What it did is on its bill; what the gateway cannot know is in suspense by name and reason, nothing else is;
/// and once that is settled by the bill, all four figures are one.
/// </summary>
public sealed class ProviderFaultTests : IAsyncLifetime
{
    private const string Known = "known";
    private const string Unknown = "unknown";

    // Fault; of plain answers and of streams, whether their usage can be known; "" where the fault makes no sense.
    private static readonly (string Fault, string Plain, string Stream)[] Faults =
    [
        ("""{"cut_after_tokens":3}""", Unknown, Unknown),
        ("""{"cut_after_tokens":3,"cut_by":"reset"}""", Unknown, Unknown),
        ("""{"cut_after_tokens":3,"cut_by":"hang"}""", Unknown, Unknown),
        ("""{"cut_after_tokens":3,"cut_by":"end"}""", "", Unknown),
        ("""{"cut_after_tokens":3,"cut_by":"error"}""", "", Unknown),
        ("""{"cut_after_tokens":3,"cut_by":"proxy"}""", Unknown, Unknown),
        ("""{"cut_after_tokens":0}""", Unknown, Unknown),
        ("""{"latency_ms":60000}""", Unknown, Unknown),
        ("""{"malformed_after_tokens":2}""", Unknown, Known),
        ("""{"usage":"missing"}""", Unknown, Unknown),
        ("""{"usage":"contradictory"}""", Unknown, Unknown),
        ("""{"usage":"negative"}""", Unknown, Unknown),
        ("""{"usage":"huge"}""", Unknown, Unknown),
        ("""{"usage":"running"}""", Known, Known),
        ("""{"usage":"running","cut_after_tokens":3}""", Unknown, Unknown),
        ("""{"usage":"beside","reasoning_tokens":30,"output_tokens":40}""", Known, Known),
        ("""{"usage":"apart","cached_tokens":3,"cache_write_tokens":2,"output_tokens":40}""", Known, Known),
        ("""{"padding_bytes":3000000}""", Known, Known),
        ("""{"padding_bytes":100000000}""", Unknown, ""),
        ("""{"padding_depth":100000}""", Unknown, Known),
        ("""{"byte_interval_ms":1,"output_tokens":1}""", Known, Known),
        ("""{"status":429,"retry_after_s":0}""", Known, Known),
        ("""{"status":500}""", Known, Known),
        ("""{"status":503}""", Known, Known),
        ("""{"status":529}""", Known, Known),
        ("""{"status":504}""", Unknown, Unknown),
        ("""{"status":524}""", Unknown, Unknown),
        ("""{"refusal":"context_length"}""", Known, Known),
        ("""{"excess_output_tokens":5000,"input_tokens":50000}""", Known, Known),
        ("""{"reasoning_tokens":9,"cached_tokens":3,"cache_write_tokens":2,"cache_write_hour_tokens":1}""", Known, Known),
    ];

    /// <summary>By their attempts, as far as the headers of an answer came.</summary>
    private readonly ConcurrentDictionary<string, FaultyCall> _calls = [];
    private int _unknownCalls;
    private RunningPlatform? _platform;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RunningPlatform Platform => _platform!;

    public async ValueTask InitializeAsync()
    {
        _platform = await RunningPlatform.StartAsync(Cancel, configure: builder => ImpatientGateway.Configure(builder, seconds: 12));
        await Seed.FundSupportAsync(Platform, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await _platform.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_fault_in_every_shape_leaves_one_figure_and_names_what_is_unknown()
    {
        foreach (var (fault, plain, stream) in Faults)
        {
            using var set = await Platform.Simulator.PostAsync("admin/faults", new StringContent(fault, Encoding.UTF8, "application/json"), Cancel);
            set.EnsureSuccessStatusCode();

            // At once: of what is told apart here, most is silence.
            await Task.WhenAll(Calls(fault, plain, stream).Select(CallAsync));
        }

        var suspended = await Suspense.SettleAsync(Platform, Cancel, atLeast: _unknownCalls);
        var intruders = suspended.Where(held => _calls.GetValueOrDefault(held.Key)?.Usage == Known).Select(held => $"{_calls[held.Key]}: {held.Value}").ToList();
        Assert.True(intruders.Count == 0, string.Join('\n', intruders));
        Assert.Equal(_unknownCalls, suspended.Count);
        Assert.Subset(suspended.Keys.ToHashSet(), _calls.Where(call => call.Value.Usage == Unknown).Select(call => call.Key).ToHashSet());
        Assert.All(suspended.Values, reason => Assert.StartsWith("provider", reason, StringComparison.Ordinal));
        await Reconciliation.AssertEqualAsync(Platform, Cancel);
    }

    private static IEnumerable<FaultyCall> Calls(string fault, string plain, string stream)
    {
        (string Path, string Model)[] shapes = [("v1/chat/completions", "gpt-4o-mini"), ("v1/responses", "gpt-4o-mini"), ("v1/messages", "claude-haiku-4-5")];
        foreach (var (path, model) in shapes)
        {
            yield return new FaultyCall(fault, path, model, plain, "");
            yield return new FaultyCall(fault, path, model, stream, ""","stream":true""");
        }

        // Embeddings have no tokens to be cut after, and are long to be sent byte by byte.
        if (!fault.Contains("_tokens\":3", StringComparison.Ordinal) && !fault.Contains("byte_interval", StringComparison.Ordinal))
        {
            yield return new FaultyCall(fault, "v1/embeddings", "text-embedding-3-small", plain, "");
        }
    }

    private async Task CallAsync(FaultyCall call)
    {
        var (_, path, model, usage, options) = call;
        if (usage.Length == 0)
        {
            return;
        }

        var content = path switch
        {
            "v1/embeddings" => "\"input\":\"hello\"",
            "v1/responses" => "\"max_output_tokens\":50,\"input\":\"hello\"",
            _ => "\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]",
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent($$"""{"model":"{{model}}",{{content}}{{options}}}""", Encoding.UTF8, "application/json"),
        };
        if (usage == Unknown)
        {
            Interlocked.Increment(ref _unknownCalls);
        }

        try
        {
            using var response = await Platform.Gateway.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            _calls[response.Headers.GetValues("X-KT-Attempt-Id").Single()] = call;
            await response.Content.ReadAsByteArrayAsync(Cancel);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException)
        {
            // Broken off, as it was upstream; perhaps so soon that not even the headers arrived.
        }
    }

    /// <param name="Usage">Whether its usage can be known; "": the fault makes no sense for it.</param>
    private sealed record FaultyCall(string Fault, string Path, string Model, string Usage, string Options);
}
