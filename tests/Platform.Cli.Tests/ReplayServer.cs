using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Platform.Cli.Tests;

/// <summary>A real HTTP server on the loopback that answers what was recorded, by method and path with query; anything else is 404.</summary>
internal sealed class ReplayServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, (int Status, string MediaType, string Body)> _answers = new();
    private readonly Task _loop;

    public ReplayServer()
    {
        using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _loop = ServeAsync();
    }

    public string Url { get; }

    /// <summary>Method, path with query, and body of every request, in order.</summary>
    public ConcurrentQueue<(string Request, string Body)> Requests { get; } = new();

    /// <summary>What each request takes, in the same order; empty where it does not say.</summary>
    public ConcurrentQueue<string> Accepted { get; } = new();

    public ReplayServer On(string request, string body, int status = 200, string mediaType = "application/json")
    {
        _answers[request] = (status, mediaType, body);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // Closing the listener is how the loop ends.
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream);
            var request = $"{context.Request.HttpMethod} {context.Request.RawUrl}";
            Requests.Enqueue((request, await reader.ReadToEndAsync()));
            Accepted.Enqueue(string.Join(", ", context.Request.AcceptTypes ?? []));
            var (status, mediaType, body) = Find(request);
            context.Response.StatusCode = status;
            context.Response.ContentType = mediaType;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
    }

    // A recorded request without a query answers any query.
    private (int Status, string MediaType, string Body) Find(string request) =>
        _answers.TryGetValue(request, out var exact) ? exact
        : _answers.TryGetValue(request.Split('?')[0], out var any) ? any
        : (404, "application/problem+json", $$"""{"status":404,"detail":"Nothing was recorded for {{request}}.","reason":"ROUTE_NOT_FOUND"}""");
}
