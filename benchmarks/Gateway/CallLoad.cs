using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Platform.Benchmarks.Gateway;

/// <summary>Calls of one kind to one address, on kept connections.</summary>
internal sealed class CallLoad : IDisposable
{
    private const string Text = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"What is the status of my order?"}],"stream":STREAM}""";
    private static readonly byte[] Plain = Encoding.UTF8.GetBytes(Text.Replace("STREAM", "false", StringComparison.Ordinal));
    private static readonly byte[] Streamed = Encoding.UTF8.GetBytes(Text.Replace("STREAM", "true", StringComparison.Ordinal));

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) });
    private readonly Uri _calls;
    private readonly AuthenticationHeaderValue _key;

    public CallLoad(Uri address, string key)
    {
        _calls = new Uri(address, "/v1/chat/completions");
        _key = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Answers when the answer's headers are there; the caller reads it to its end or drops it.</summary>
    /// <exception cref="HttpRequestException">The call failed, or was answered with an error.</exception>
    public async Task<HttpResponseMessage> SendAsync(bool stream, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _calls)
        {
            Content = new ByteArrayContent(stream ? Streamed : Plain) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Authorization = _key;
        return (await _http.SendAsync(request, cancellationToken)).EnsureSuccessStatusCode();
    }

    /// <summary>Milliseconds to the first byte of the body; the rest is read outside the measurement.</summary>
    public async Task<double> TimeAsync(bool stream, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var response = await SendAsync(stream, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[16_384];
        var read = await body.ReadAsync(buffer, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        while (read > 0)
        {
            read = await body.ReadAsync(buffer, cancellationToken);
        }

        return elapsed;
    }

    /// <summary>Calls a second, each connection sending its next call when the last is answered.</summary>
    public async Task<double> RateAsync(int connections, TimeSpan time, CancellationToken cancellationToken)
    {
        var calls = 0;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                await TimeAsync(stream: false, cancellationToken);
                Interlocked.Increment(ref calls);
            }
        }));
        return calls / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Times of calls that are sent at a fixed rate, whether or not those before are answered. The timer's grain is a millisecond, so what is due is sent then.</summary>
    public async Task<IReadOnlyList<double>> PacedAsync(bool stream, int callsPerSecond, TimeSpan time, CancellationToken cancellationToken)
    {
        var calls = new List<Task<double>>();
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (Stopwatch.GetElapsedTime(started) < time && await timer.WaitForNextTickAsync(cancellationToken))
        {
            while (calls.Count < callsPerSecond * Stopwatch.GetElapsedTime(started).TotalSeconds)
            {
                calls.Add(TimeAsync(stream, cancellationToken));
            }
        }

        return await Task.WhenAll(calls);
    }

    public void Dispose() => _http.Dispose();
}
