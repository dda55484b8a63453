using System.Buffers;
using System.Net;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Attempts;
using Platform.Routing.Shapes;

namespace Platform.Routing.Calls;

/// <summary>
/// Sends one funded attempt and brings the answer to the caller. From sending on everything runs on the attempt's own bounded time, never on the
/// caller's connection: when the caller goes away, the rest of the answer is read for its usage. Each attempt leaves here with exactly one end.
/// </summary>
internal sealed class Forwarder(ProviderClient provider, AttemptRecords records, IOptions<GatewayOptions> options, TimeProvider time)
{
    private const long FullPpm = 1_000_000;

    /// <summary>Headers that belong to the provider's connection, its cookies or its framing.</summary>
    private static readonly HashSet<string> NotPassedOn = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Trailer", "Set-Cookie", "Server", "Date", "Content-Length", "Alt-Svc",
    };

    public async Task ForwardAsync(HttpContext http, Attempt attempt, CallRequest request, byte[] body)
    {
        using var limit = new AttemptTimer(options.Value, time);
        HttpResponseMessage answer;
        try
        {
            answer = await provider.SendAsync(attempt, http.Request, body, request.Stream, limit.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            await EndWithoutAnswerAsync(http, attempt, exception);
            return;
        }

        using (answer)
        {
            attempt.Answered = time.GetTimestamp();
            limit.Progressed();
            if (!answer.IsSuccessStatusCode)
            {
                await PassErrorAsync(http, attempt, answer, limit);
            }
            else if (answer.Content.Headers.ContentType?.MediaType == "text/event-stream")
            {
                await PassStreamAsync(http, attempt, answer, attempt.Shape.NewStreamFilter(request), limit);
            }
            else
            {
                await PassPlainAsync(http, attempt, answer, limit);
            }
        }
    }

    private async Task EndWithoutAnswerAsync(HttpContext http, Attempt attempt, Exception exception)
    {
        if (ProviderClient.IsNeverSent(exception))
        {
            records.Unsent(attempt, "provider could not be reached");
            await WriteErrorAsync(http, attempt, ApiError.ProviderUnavailable(503, "The provider cannot be reached. Nothing was charged; try again shortly."));
            return;
        }

        var timedOut = exception is OperationCanceledException;
        records.Unknown(attempt, timedOut ? "provider did not answer in time" : "provider broke the connection before it answered");
        await WriteErrorAsync(http, attempt, timedOut
            ? ApiError.ProviderUnavailable(504, "The provider did not answer in time.")
            : ApiError.ProviderUnavailable(502, "The provider broke the connection before it answered."));
    }

    /// <summary>The provider's refusal, in its own shape. A refusal of the gateway's own credentials is not the caller's business and may quote them.</summary>
    private async Task PassErrorAsync(HttpContext http, Attempt attempt, HttpResponseMessage answer, AttemptTimer limit)
    {
        var body = await ReadWholeAsync(answer, limit);
        if (answer.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout)
        {
            // Something between us and the provider gave up; the provider may have generated, and will bill it.
            records.Unknown(attempt, $"provider's side answered {(int)answer.StatusCode}");
        }
        else
        {
            records.Finish(attempt, default, Outcome.Failed);
        }

        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            await WriteErrorAsync(http, attempt, ApiError.ProviderUnavailable(502, "The provider refused the gateway's credentials. An operator must set them right."));
        }
        else if (body is null)
        {
            await WriteErrorAsync(http, attempt, ApiError.ProviderUnavailable(502, $"The provider answered {(int)answer.StatusCode} and broke off."));
        }
        else
        {
            CopyHead(answer, http.Response);
            await WriteAsync(http, body);
        }
    }

    private async Task PassPlainAsync(HttpContext http, Attempt attempt, HttpResponseMessage answer, AttemptTimer limit)
    {
        var body = await ReadWholeAsync(answer, limit);
        if (body is null || attempt.Shape.ReadUsage(body) is not { } usage)
        {
            records.Unknown(attempt, body is null ? "provider broke off its answer" : "provider answered without usage");
            if (body is null)
            {
                await WriteErrorAsync(http, attempt, ApiError.ProviderUnavailable(502, "The provider broke off its answer."));
                return;
            }
        }
        else
        {
            var gone = http.RequestAborted.IsCancellationRequested;
            attempt.UndeliveredPpm = gone ? (int)FullPpm : 0;
            var cost = records.Finish(attempt, usage, gone ? Outcome.ClientClosed : Outcome.Succeeded);
            http.Response.Headers["X-KT-Cost"] = new Money(cost).ToString();
        }

        CopyHead(answer, http.Response);
        await WriteAsync(http, body);
    }

    private async Task PassStreamAsync(HttpContext http, Attempt attempt, HttpResponseMessage answer, StreamFilter filter, AttemptTimer limit)
    {
        CopyHead(answer, http.Response);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        var passed = new ArrayBufferWriter<byte>(16 * 1024);
        var (cut, gone) = (false, false);
        var (received, delivered) = (0L, 0L);
        try
        {
            await using var source = await answer.Content.ReadAsStreamAsync(limit.Token);
            while (await source.ReadAsync(buffer, limit.Token) is var read and > 0)
            {
                limit.Progressed();
                filter.Feed(buffer.AsSpan(0, read), passed);
                gone = gone || !await TryPassAsync(http, passed);
                received += read;
                delivered = gone ? delivered : received;
            }

            filter.End(passed);
            gone = gone || !await TryPassAsync(http, passed);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            cut = true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        attempt.UndeliveredPpm = received == 0 ? 0 : (int)((received - delivered) * FullPpm / received);
        EndStream(http, attempt, filter, cut, gone);
    }

    private void EndStream(HttpContext http, Attempt attempt, StreamFilter filter, bool cut, bool gone)
    {
        if (filter.Usage is { } usage)
        {
            records.Finish(attempt, usage, gone ? Outcome.ClientClosed : cut ? Outcome.Interrupted : Outcome.Succeeded);
        }
        else
        {
            records.Unknown(attempt, cut ? "provider cut the stream before its usage" : "provider ended the stream without usage");
        }

        if (cut && !gone)
        {
            // A stream that was cut upstream must not look whole downstream.
            http.Abort();
        }
    }

    /// <summary>False once the caller is gone.</summary>
    private static async Task<bool> TryPassAsync(HttpContext http, ArrayBufferWriter<byte> passed)
    {
        if (passed.WrittenCount == 0)
        {
            return true;
        }

        try
        {
            var written = await http.Response.BodyWriter.WriteAsync(passed.WrittenMemory, http.RequestAborted);
            return !written.IsCompleted && !http.RequestAborted.IsCancellationRequested;
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            return false;
        }
        finally
        {
            passed.ResetWrittenCount();
        }
    }

    /// <summary>Null when the provider broke off, was silent too long, or sent more than is taken.</summary>
    private async Task<byte[]?> ReadWholeAsync(HttpResponseMessage answer, AttemptTimer limit)
    {
        var whole = new ArrayBufferWriter<byte>((int)Math.Clamp(answer.Content.Headers.ContentLength ?? 4096, 1, options.Value.MaxAnswerBytes));
        try
        {
            await using var source = await answer.Content.ReadAsStreamAsync(limit.Token);
            while (await source.ReadAsync(whole.GetMemory(4096), limit.Token) is var read and > 0)
            {
                limit.Progressed();
                whole.Advance(read);
                if (whole.WrittenCount > options.Value.MaxAnswerBytes)
                {
                    return null;
                }
            }

            return whole.WrittenSpan.ToArray();
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private static void CopyHead(HttpResponseMessage answer, HttpResponse response)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            // A value that this server may not send on must not end the call after the provider has billed it.
            if (!NotPassedOn.Contains(name) && values.All(value => value.All(char.IsAscii)))
            {
                response.Headers[name] = new StringValues([.. values]);
            }
        }
    }

    private static Task WriteErrorAsync(HttpContext http, Attempt attempt, ApiError error) => WriteAsync(http, attempt.Shape.ToErrorBody(error), error.Status);

    private static async Task WriteAsync(HttpContext http, byte[] body, int? status = null)
    {
        if (status is { } own)
        {
            http.Response.StatusCode = own;
            http.Response.ContentType = "application/json";
        }

        http.Response.ContentLength = body.Length;
        try
        {
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The caller is gone; the attempt has its end.
        }
    }
}
