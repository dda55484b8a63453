using System.Buffers;
using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;
using Platform.Routing.Shapes;

namespace Platform.Routing.Calls;

/// <summary>Writes answers to callers, who may be gone: that changes nothing about the attempt, so nothing here throws for it.</summary>
internal static class AnswerWriter
{
    /// <summary>
    /// Headers that belong to the provider's connection, its cookies or its framing, would send the caller's client elsewhere with its key, name the account that the gateway has there, or tell a browser how
    /// to treat the provider's host, which it would take for the gateway's.
    /// </summary>
    private static readonly HashSet<string> NotPassedOn = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Trailer", "Set-Cookie", "Server", "Date", "Content-Length", "Alt-Svc", "Location", "Refresh",
        "OpenAI-Organization", "OpenAI-Project", "Anthropic-Organization-Id", "WWW-Authenticate", "Proxy-Authenticate",
        "Strict-Transport-Security", "Clear-Site-Data", "NEL", "Report-To", "Reporting-Endpoints",
    };

    /// <summary>Which pages of other sites may read an answer: none, as the gateway itself has it.</summary>
    private const string PagesNames = "Access-Control-";

    /// <summary>What the gateway says of a call stands under names that begin so: a provider cannot speak in its place, be the name set or not.</summary>
    private const string OwnNames = "X-KT-";

    public static void CopyHead(HttpResponseMessage answer, HttpResponse response)
    {
        response.StatusCode = (int)answer.StatusCode;
        var ofConnection = answer.Headers.NonValidated.TryGetValues("Connection", out var named) ? named.ToString() : "";
        CopyHeaders(answer.Headers.NonValidated, response.Headers, ofConnection);
        CopyHeaders(answer.Content.Headers.NonValidated, response.Headers, ofConnection);
    }

    /// <summary>An error of the gateway's own.</summary>
    public static Task WriteErrorAsync(HttpContext http, WireShape shape, ApiError error)
    {
        error.WriteHead(http.Response);
        return WriteAsync(http, shape.ToErrorBody(error));
    }

    /// <param name="ofConnection">Names that the provider says are of its connection alone, parted by commas (RFC 9110, 7.6.1).</param>
    private static void CopyHeaders(HttpHeadersNonValidated from, IHeaderDictionary to, string ofConnection)
    {
        foreach (var (name, values) in from)
        {
            // What the gateway says itself, of its limits, stands.
            if (NotPassedOn.Contains(name) || name.StartsWith(OwnNames, StringComparison.OrdinalIgnoreCase) || name.StartsWith(PagesNames, StringComparison.OrdinalIgnoreCase)
                || to.ContainsKey(name) || IsAmong(ofConnection, name))
            {
                continue;
            }

            var passed = values.Count == 1 ? new StringValues(values.ToString()) : new StringValues([.. values]);
            if (IsVisible(passed))
            {
                to[name] = passed;
            }
        }
    }

    private static bool IsAmong(ReadOnlySpan<char> names, string name)
    {
        foreach (var range in names.Split(','))
        {
            if (names[range].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A value that this server refuses to send, for a letter beyond ASCII or a control character, must not end the call after the provider has billed it. Nor can one be sent to a provider.</summary>
    internal static bool IsVisible(StringValues values)
    {
        foreach (var value in values)
        {
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                return false;
            }
        }

        return true;
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
