using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Platform.Routing.Calls;

/// <summary>Reads the bodies of calls, before anything of them is known to be paid for.</summary>
internal sealed class RequestBody(BodyRoom room, IOptions<GatewayOptions> options, TimeProvider time)
{
    /// <summary>Up to here a body takes no room and is not timed: the server's own slowest pace, 240 bytes a second, ends it within five minutes.</summary>
    private const int MostSmallBytes = 64 * 1024;

    private const string RetryAfterSeconds = "5";

    private int MaxBytes => options.Value.MaxBodyBytes;

    /// <summary>The whole body, or what is wrong with it. The room that a large one takes is given back when the request has ended.</summary>
    public async Task<(ApiError? Error, byte[]? Body)> TryReadAsync(HttpContext http, string teamId)
    {
        try
        {
            var answer = await ReadAsync(http, teamId);
            if (answer.Error == ApiError.TooManyLargeBodies)
            {
                http.Response.Headers.RetryAfter = RetryAfterSeconds;
            }

            return answer;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Broken framing, too slow, or gone: whoever is still there hears of it.
            return (ApiError.BodyUnread(exception), null);
        }
    }

    private async ValueTask<(ApiError? Error, byte[]? Body)> ReadAsync(HttpContext http, string teamId)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // The server's own limit may be lower; here what has come is counted. Before anything is refused: above its own limit the server breaks the connection
            // instead of taking in what still comes, so that a client that sends all first never reads the answer.
            size.MaxRequestBodySize = null;
        }

        if (http.Request.Headers.ContentEncoding is { Count: > 0 } encodings && encodings.ToString() is var encoding && !string.IsNullOrWhiteSpace(encoding) && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return (ApiError.BodyCompressed, null);
        }

        if (http.Request.ContentLength > MaxBytes)
        {
            return (ApiError.TooLarge(MaxBytes), null);
        }

        return http.Request.ContentLength > MostSmallBytes ? await ReadLargeAsync(http, teamId) : await ReadSmallAsync(http, teamId);
    }

    private async ValueTask<(ApiError? Error, byte[]? Body)> ReadSmallAsync(HttpContext http, string teamId)
    {
        var body = http.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(http.RequestAborted);
            if (read.Buffer.Length > Math.Min(MostSmallBytes, MaxBytes))
            {
                // Nothing of it has been looked at, so that the next look finds it at once.
                body.AdvanceTo(read.Buffer.Start);
                return await ReadLargeAsync(http, teamId);
            }

            if (read.IsCompleted)
            {
                return (null, Take(body, read.Buffer));
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private async ValueTask<(ApiError? Error, byte[]? Body)> ReadLargeAsync(HttpContext http, string teamId)
    {
        var share = room.Open(teamId);
        http.Response.RegisterForDispose(share);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.LargeBodySeconds), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, http.RequestAborted);
        try
        {
            // As large as it says that it will be: who is refused has sent little in vain.
            if (Hold(http.Request.ContentLength ?? 0) is { } refused)
            {
                return (refused, null);
            }

            var body = http.Request.BodyReader;
            while (true)
            {
                var read = await body.ReadAsync(stop.Token);
                if (Hold(read.Buffer.Length) is { } grown)
                {
                    return (grown, null);
                }

                if (read.IsCompleted)
                {
                    return (null, Take(body, read.Buffer));
                }

                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return (ApiError.BodyTooSlow(options.Value.LargeBodySeconds), null);
        }

        ApiError? Hold(long bytes) => bytes > MaxBytes ? ApiError.TooLarge(MaxBytes) : share.TryGrowTo(bytes) ? null : ApiError.TooManyLargeBodies;
    }

    private static byte[] Take(PipeReader reader, ReadOnlySequence<byte> buffer)
    {
        var body = buffer.ToArray();
        reader.AdvanceTo(buffer.End);
        return body;
    }
}
