using System.Buffers;
using Microsoft.Extensions.Primitives;
using Platform.Routing.Shapes;

namespace Platform.Routing.Calls;

/// <summary>Writes answers to callers, who may be gone: that changes nothing about the attempt, so nothing here throws for it.</summary>
internal static class AnswerWriter
{
    /// <summary>Headers that belong to the provider's connection, its cookies or its framing.</summary>
    private static readonly HashSet<string> NotPassedOn = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Trailer", "Set-Cookie", "Server", "Date", "Content-Length", "Alt-Svc",
    };

    public static void CopyHead(HttpResponseMessage answer, HttpResponse response)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            // A value that this server may not send on must not end the call after the provider has billed it. What the gateway says itself, of its limits, stands.
            if (!NotPassedOn.Contains(name) && !response.Headers.ContainsKey(name) && values.All(value => value.All(char.IsAscii)))
            {
                response.Headers[name] = new StringValues([.. values]);
            }
        }
    }

    /// <summary>An error of the gateway's own.</summary>
    public static Task WriteErrorAsync(HttpContext http, WireShape shape, ApiError error)
    {
        http.Response.StatusCode = error.Status;
        http.Response.ContentType = "application/json";
        return WriteAsync(http, shape.ToErrorBody(error));
    }

    /// <summary>A whole body.</summary>
    public static async Task WriteAsync(HttpContext http, byte[] body)
    {
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

    /// <summary>A piece of a stream, which is emptied; false once the caller is gone.</summary>
    public static async Task<bool> TryPassAsync(HttpContext http, ArrayBufferWriter<byte> passed)
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
}
