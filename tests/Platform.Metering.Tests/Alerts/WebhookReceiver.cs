using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Platform.Metering.Tests.Alerts;

/// <summary>One request as it came.</summary>
internal sealed record Received(string Id, long Timestamp, IReadOnlyList<string> Signatures, byte[] Body, string Path)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Checked as the specification tells receivers to, by code of its own.</summary>
    public bool IsSignedBy(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        using var hmac = new HMACSHA256(key);
        byte[] content = [.. Encoding.UTF8.GetBytes($"{Id}.{Timestamp}."), .. Body];
        var expected = hmac.ComputeHash(content);
        return Signatures.Any(signature =>
            signature.StartsWith("v1,", StringComparison.Ordinal) && CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(signature[3..]), expected));
    }
}

/// <summary>A real HTTP server on the loopback that keeps what it gets, and answers as the test says: 200 unless told otherwise.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _answers = new();
    private readonly SemaphoreSlim _arrived = new(0);

    private WebhookReceiver(X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    /// <summary>In the order of arrival.</summary>
    public ConcurrentQueue<Received> Messages { get; } = new();

    public string Url => $"{_app.Urls.Single()}/hooks/T0/B0/very-secret-path";

    /// <param name="certificate">It speaks https with it; null: http.</param>
    public static async Task<WebhookReceiver> StartAsync(X509Certificate2? certificate = null)
    {
        var receiver = new WebhookReceiver(certificate);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>The next request gets this answer.</summary>
    public WebhookReceiver Answer(int status, string body = "", params (string Name, string Value)[] headers)
    {
        _answers.Enqueue(http =>
        {
            http.Response.StatusCode = status;
            foreach (var (name, value) in headers)
            {
                http.Response.Headers[name] = value;
            }

            return http.Response.WriteAsync(body);
        });
        return this;
    }

    /// <summary>The next request gets no answer before its client gives up.</summary>
    public WebhookReceiver Hang() => HangAfter(null);

    /// <summary>The next request gets status and headers, and nothing more before its client gives up.</summary>
    public WebhookReceiver HangAfter(int? status, params (string Name, string Value)[] headers)
    {
        _answers.Enqueue(async http =>
        {
            if (status is { } code)
            {
                http.Response.StatusCode = code;
                foreach (var (name, value) in headers)
                {
                    http.Response.Headers[name] = value;
                }

                await http.Response.Body.FlushAsync();
            }

            var gone = new TaskCompletionSource();
            await using var _ = http.RequestAborted.Register(gone.SetResult);
            await gone.Task;
        });
        return this;
    }

    /// <summary>The next request gets its answer when another has come beside it.</summary>
    public void AnswerTogether()
    {
        var other = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers.Enqueue(http => other.Task.WaitAsync(http.RequestAborted));
        _answers.Enqueue(_ =>
        {
            other.SetResult();
            return Task.CompletedTask;
        });
    }

    /// <summary>Answers when one more message has come.</summary>
    public async Task ArrivedAsync() => Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), "No message came.");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var headers = http.Request.Headers;
        _ = long.TryParse(headers["webhook-timestamp"], out var timestamp);
        Messages.Enqueue(new Received(
            headers["webhook-id"].ToString(), timestamp, headers["webhook-signature"].ToString().Split(' '), body.ToArray(), http.Request.Path));
        _arrived.Release();
        if (_answers.TryDequeue(out var answer))
        {
            await answer(http);
        }
    }
}
