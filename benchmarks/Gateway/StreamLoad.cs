using System.Net.Http.Json;

namespace Platform.Benchmarks.Gateway;

/// <summary>Many streams at once, and many tokens through few.</summary>
internal static class StreamLoad
{
    /// <summary>Opens streams that last longer than it takes to open them, and answers what <paramref name="measure"/> says when all run.</summary>
    public static async Task<double> WhileOpenAsync(Uri simulator, CallLoad load, int streams, Func<double> measure, CancellationToken cancellationToken)
    {
        await SetFaultAsync(simulator, new { output_tokens = 60, token_interval_ms = 1_000 }, cancellationToken);
        var open = new List<HttpResponseMessage>();
        try
        {
            // A few at a time, as callers come; each has its first token before the next is opened.
            await Parallel.ForEachAsync(Enumerable.Range(0, streams), new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellationToken }, async (_, token) =>
            {
                var response = await load.SendAsync(stream: true, token);
                var body = await response.Content.ReadAsStreamAsync(token);
                await body.ReadExactlyAsync(new byte[1], token);
                lock (open)
                {
                    open.Add(response);
                }
            });
            return measure();
        }
        finally
        {
            await ClearFaultAsync(simulator, cancellationToken);
            open.ForEach(response => response.Dispose());
        }
    }

    /// <summary>Processor seconds a million tokens, of whoever <paramref name="processorSeconds"/> counts.</summary>
    public static async Task<double> ProcessorPerMillionTokensAsync(Uri simulator, CallLoad load, Func<double> processorSeconds, CancellationToken cancellationToken)
    {
        const int connections = 16;
        const int callsEach = 15;
        const int tokens = 1_000;
        await SetFaultAsync(simulator, new { output_tokens = tokens }, cancellationToken);
        try
        {
            var before = processorSeconds();
            await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
            {
                for (var i = 0; i < callsEach; i++)
                {
                    await load.TimeAsync(stream: true, cancellationToken);
                }
            }));
            return (processorSeconds() - before) / (connections * callsEach * tokens) * 1_000_000;
        }
        finally
        {
            await ClearFaultAsync(simulator, cancellationToken);
        }
    }

    private static async Task SetFaultAsync(Uri simulator, object fault, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = simulator };
        using var response = await http.PostAsJsonAsync("/admin/faults", fault, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private static async Task ClearFaultAsync(Uri simulator, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = simulator };
        using var response = await http.DeleteAsync("/admin/faults", cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
