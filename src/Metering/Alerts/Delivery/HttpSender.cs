using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Options;
using Platform.ServiceDefaults.Http;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>
/// Posts to receivers that nobody here controls: no redirect is followed, no cookie or proxy is used, and little of an answer is read. Neither a log nor a span names
/// the URL, which may be a secret.
/// </summary>
internal sealed class HttpSender : IDisposable
{
    private const int AnswerBytes = 256;

    private readonly HttpClient _http;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;

    public HttpSender(AddressPolicy addresses, IOptions<AlertOptions> options, TimeProvider time)
    {
        _limit = TimeSpan.FromSeconds(options.Value.TimeoutSeconds);
        _time = time;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = addresses.ConnectAsync,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = 16, // KiB.

            // Without a propagator the handler starts no span, which would carry the URL, and sends no trace headers to strangers.
            ActivityHeadersPropagator = null,
        };
        _http = new HttpClient(new LostConnectionHandler(handler)) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Keeptrusts-Alerts", "1.0"));
    }

    /// <param name="body">JSON.</param>
    public async Task<SendResult> PostAsync(string url, byte[] body, IEnumerable<(string Name, string Value)> headers)
    {
        using var limit = new CancellationTokenSource(_limit, _time);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return await JudgeAsync(answer, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return SendResult.Failed($"The receiver did not answer within {_limit.TotalSeconds:0} s.");
        }
        catch (HttpRequestException exception) when (exception.InnerException is AddressRefusedException refused)
        {
            return SendResult.Refused(refused.Message);
        }
        catch (HttpRequestException exception) when (exception.InnerException is AuthenticationException refused)
        {
            // What is behind it all says why; the handler's own message says to look there.
            return SendResult.Failed($"TLS with the receiver fails: {TlsFailure.Told(refused.GetBaseException().Message)}");
        }
        catch (HttpRequestException exception)
        {
            return SendResult.Failed($"The receiver cannot be reached: {exception.GetBaseException().Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<SendResult> JudgeAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.IsSuccessStatusCode)
        {
            return SendResult.Delivered;
        }

        if (answer.StatusCode == HttpStatusCode.Gone)
        {
            return new SendResult(SendOutcome.Gone, "The receiver answered 410 Gone: it wants no more.");
        }

        var hint = (int)answer.StatusCode is >= 300 and < 400 ? " Redirects are not followed: give the channel the URL that it leads to." : "";
        return SendResult.Failed($"The receiver answered {(int)answer.StatusCode}: {await ReadAsync(answer, cancellationToken)}".TrimEnd(' ', ':') + "." + hint, RetryAfter(answer));
    }

    private TimeSpan? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter is { } asked ? asked.Delta ?? (asked.Date - _time.GetUtcNow()) : null;

    /// <summary>The beginning of an answer as a line of text: what is not printable stays away from terminals and pages. Empty where it does not come in time: the status has said the most.</summary>
    private static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
            var bytes = new byte[AnswerBytes];
            var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return string.Concat(Encoding.UTF8.GetString(bytes, 0, read).Select(c => char.IsControl(c) || c == '\uFFFD' ? ' ' : c)).Trim().TrimEnd('.');
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException)
        {
            return "";
        }
    }
}
