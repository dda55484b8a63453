using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Calls;

/// <summary>
/// A fault of the gateway's own on the AI routes: told in the error shape of the API that is asked, and, of what may have been sent to a provider and billed, as one that no client library repeats. One in the middle of an answer
/// breaks it off, and so does not look whole. So does one that its provider cut (<see cref="CutAnswer"/>), which is nobody's fault here.
/// </summary>
internal sealed partial class FaultedRequests(RequestDelegate next, MessagesShape messages, ILogger<FaultedRequests> log)
{
    private static readonly PathString Served = "/v1";

    /// <summary>What the server, and its page for developers, say of what they catch is left out: they take a cut answer for a fault, and all others are logged here.</summary>
    public static void LogInsteadOfServer(ILoggingBuilder logging) => logging
        .AddFilter("Microsoft.AspNetCore.Server.Kestrel", level => level is LogLevel.Warning or LogLevel.Critical)
        .AddFilter("Microsoft.AspNetCore.Diagnostics.DeveloperExceptionPageMiddleware", LogLevel.None);

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception exception) when (IsToBeTold(http, exception))
        {
            // The edge of the process: the server would answer 500 without a word.
            LogFaulted(exception, RequestId.Of(http.Response));
            if (HttpMethods.IsPost(http.Request.Method))
            {
                ClientRetries.Forbid(http.Response);
            }

            await UnservedRoutes.WriteAsync(http, messages, ApiError.Faulted);
        }
        catch (Exception exception) when (IsFault(http, exception))
        {
            LogFaulted(exception, RequestId.Of(http.Response));
            throw;
        }

        CutAnswer.ThrowIfMarked(http);
    }

    private static bool IsToBeTold(HttpContext http, Exception exception) =>
        http.Request.Path.StartsWithSegments(Served) && !http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested && IsFault(http, exception);

    /// <summary>A request that the server itself finds broken has its own status, and that its caller is gone ends a call without a fault.</summary>
    private static bool IsFault(HttpContext http, Exception exception) =>
        exception is not BadHttpRequestException && !(http.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException);

    [LoggerMessage(LogLevel.Error, "Request {RequestId} met a fault of the gateway's own.")]
    private partial void LogFaulted(Exception exception, string requestId);
}
