using Grpc.Core;
using Platform.Api.Http;

namespace Platform.Api.Errors;

/// <summary>The process's edge: every failure becomes one problem body. A stream that has begun is cut, so that nobody takes a part for the whole.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (RpcException exception)
        {
            await AnswerAsync(http, Problem.From(exception));
        }
        catch (BadHttpRequestException exception)
        {
            await AnswerAsync(http, Problem.From(exception));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            LogClientGone(http.Request.Path);
        }
        catch (Exception exception)
        {
            LogBug(exception, http.Request.Method, http.Request.Path);
            await AnswerAsync(http, new Problem(500, "INTERNAL", "The API failed on this request; its log says why."));
        }
    }

    private async Task AnswerAsync(HttpContext http, Problem problem)
    {
        if (http.Response.HasStarted)
        {
            LogCut(http.Request.Path, problem.Reason);
            http.Abort();
            return;
        }

        // The key that was made for a request is needed just when its answer fails.
        var key = http.Response.Headers[Call.IdempotencyHeader];
        http.Response.Clear();
        if (key.Count > 0)
        {
            http.Response.Headers[Call.IdempotencyHeader] = key;
            problem = problem.OfRequestWithKey();
        }

        await ProblemWriter.WriteAsync(http, problem);
    }

    [LoggerMessage(LogLevel.Debug, "The client of {Path} went away.")]
    private partial void LogClientGone(string path);

    [LoggerMessage(LogLevel.Warning, "The answer to {Path} was cut: {Reason}.")]
    private partial void LogCut(string path, string reason);

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed.")]
    private partial void LogBug(Exception exception, string method, string path);
}
