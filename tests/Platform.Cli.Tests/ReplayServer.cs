using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace Platform.Cli.Tests;

/// <summary>A real HTTP server on the loopback that answers what was recorded, by method and path with query; anything else is 404, and a request that waits to be asked for its body 417, as from a proxy that does not know of that. Its organisation has USD, which is asked for with every amount, and no keys, whose names are asked for where people read: those are not among <see cref="Requests"/> unless a test answers them.</summary>
internal sealed class ReplayServer : IAsyncDisposable
{
    private const string WhoAmI = "GET /v1/whoami";
    private const string KeyList = "GET /v1/keys";
    private readonly ConcurrentDictionary<string, (int Status, string MediaType, string Body)> _answers = new();
    private readonly ConcurrentDictionary<string, bool> _breaking = new();
    private readonly ConcurrentDictionary<string, Action?> _silent = new();
    private readonly ConcurrentDictionary<string, (string Request, string Body)> _changing = new();
    private readonly WebApplication _app;

    public ReplayServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        _app.Start();
    }

    public string Url => _app.Urls.Single();

    /// <summary>Method, path with query, and body of every request, in order.</summary>
    public ConcurrentQueue<(string Request, string Body)> Requests { get; } = new();

    /// <summary>Method and path with query of all that came, in order: of those too that are not among <see cref="Requests"/>. For tests that nothing is sent.</summary>
    public ConcurrentQueue<string> Received { get; } = new();

    /// <summary>What each request takes, in the same order; empty where it does not say.</summary>
    public ConcurrentQueue<string> Accepted { get; } = new();

    /// <summary>Each request's Idempotency-Key, in the same order; empty where it has none.</summary>
    public ConcurrentQueue<string> Keys { get; } = new();

    public ReplayServer On(string request, string body, int status = 200, string mediaType = "application/json")
    {
        _answers[request] = (status, mediaType, body);
        return this;
    }

    /// <summary>Answers with the beginning of a body, and breaks the connection off.</summary>
    public ReplayServer OnBreaking(string request, string beginning)
    {
        _breaking[request] = true;
        return On(request, beginning);
    }

    /// <summary>Takes the request, and never answers it.</summary>
    /// <param name="taken">Called when it has come.</param>
    public ReplayServer OnSilent(string request, Action? taken = null)
    {
        _silent[request] = taken;
        return this;
    }

    /// <summary>From the first <paramref name="first"/> on, <paramref name="request"/> is answered this.</summary>
    public ReplayServer AfterFirst(string first, string request, string body)
    {
        _changing[first] = (request, body);
        return this;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = $"{context.Request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}";
        Received.Enqueue(request);
        if (context.Request.Headers.Expect.Count > 0)
        {
            context.Response.StatusCode = StatusCodes.Status417ExpectationFailed;
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        if (Unasked(request) is { } own)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(own);
            return;
        }

        Requests.Enqueue((request, await reader.ReadToEndAsync()));
        Accepted.Enqueue(string.Join(", ", context.Request.Headers.Accept.ToArray()));
        Keys.Enqueue(context.Request.Headers["Idempotency-Key"].ToString());
        if (_silent.TryGetValue(request, out var taken))
        {
            taken?.Invoke();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        if (_changing.TryRemove(request, out var change))
        {
            On(change.Request, change.Body);
        }

        var (status, mediaType, body) = Find(request);
        context.Response.StatusCode = status;
        context.Response.ContentType = mediaType;
        if (_breaking.ContainsKey(request))
        {
            // More than comes, so the server closes the connection behind it.
            context.Response.ContentLength = body.Length + 1000;
        }

        await context.Response.WriteAsync(body);
    }

    private string? Unasked(string request) =>
        request == WhoAmI && !_answers.ContainsKey(WhoAmI) ? """{"currency":"USD"}"""
        : request.StartsWith($"{KeyList}?key_id=", StringComparison.Ordinal) && !_answers.ContainsKey(KeyList) ? """{"keys":[],"next_page_token":""}"""
        : null;

    // A recorded request without a query answers any query.
    private (int Status, string MediaType, string Body) Find(string request) =>
        _answers.TryGetValue(request, out var exact) ? exact
        : _answers.TryGetValue(request.Split('?')[0], out var any) ? any
        : (404, "application/problem+json", $$"""{"status":404,"detail":"Nothing was recorded for {{request}}.","reason":"ROUTE_NOT_FOUND"}""");
}
