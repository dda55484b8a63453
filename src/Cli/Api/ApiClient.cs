using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Platform.Cli.Output;
using Platform.ServiceDefaults.Http;

namespace Platform.Cli.Api;

/// <summary>REST calls with the token. Every refusal becomes a <see cref="KtError"/> with the problem's own words.</summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>What the gateway, whose address is easily taken for the API's, says of a path of the API.</summary>
    private const string GatewayKnowsNoSuchPath = "route_not_served";

    /// <summary>What the API says of a path that it has not.</summary>
    private const string ApiKnowsNoSuchPath = "ROUTE_NOT_FOUND";

    private const string Version = "/v1/";

    private readonly HttpClient _http;
    private readonly bool _isGateway;

    /// <param name="isGateway">Whether the address is meant to be the gateway's, not the API's.</param>
    /// <param name="patience">How long an answer may take, its body included; of a body that is read as it comes only its beginning.</param>
    public ApiClient(string url, string token, TimeSpan patience, bool isGateway = false)
    {
        _isGateway = isGateway;
        if (!Uri.TryCreate(url + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new KtError(
                ExitCodes.Usage,
                isGateway
                    ? $"The gateway's URL '{url}' is not an http or https address. Set {GatewayAddress.UrlVariable}; ./run --env prints it."
                    : $"The API URL '{url}' is not an http or https address. Set KEEPTRUSTS_API_URL, or run: kt init --url URL");
        }

        if (token.Any(letter => letter is <= ' ' or > '~'))
        {
            throw Problem.OfUnsendable(isGateway);
        }

        _http = new HttpClient(new SocketsHttpHandler { PlaintextStreamFilter = EarlyAnswerStream.FilterAsync }) { BaseAddress = address, Timeout = patience };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Task<JsonDocument> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<JsonDocument> DeleteAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, path, null, cancellationToken);

    /// <summary>Posts a body that <paramref name="write"/> writes the fields of; null posts none.</summary>
    /// <param name="key">The Idempotency-Key; null: one of its own.</param>
    public Task<JsonDocument> PostAsync(string path, Action<Utf8JsonWriter>? write, CancellationToken cancellationToken, string? key = null) =>
        SendAsync(HttpMethod.Post, path, Body(write), cancellationToken, key);

    public Task<JsonDocument> PutAsync(string path, Action<Utf8JsonWriter> write, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, path, Body(write), cancellationToken);

    /// <summary>Sends the fields that are to change.</summary>
    public Task<JsonDocument> PatchAsync(string path, Action<Utf8JsonWriter> write, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Patch, path, Body(write), cancellationToken);

    /// <summary>Posts JSON Lines as they are read. A server that refuses by the headers alone, or at the first wrong line, says why and closes, and is not sent the rest.</summary>
    public async Task<JsonDocument> PostLinesAsync(string path, Stream lines, IEnumerable<(string Name, string? Value)> headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StreamContent(lines) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
        foreach (var (name, value) in headers)
        {
            if (!string.IsNullOrEmpty(value))
            {
                request.Headers.Add(name, value);
            }
        }

        using var answer = await AskAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        return answer.IsSuccessStatusCode
            ? Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken))
            : throw await ProblemAsync(answer, cancellationToken);
    }

    /// <summary>The answer's bytes as they come, for legs and downloads. A cut answer throws, so a part is never taken for the whole.</summary>
    /// <param name="mediaType">What it is to come as; null: as the API likes.</param>
    public async Task<Stream> OpenAsync(string path, CancellationToken cancellationToken, string? mediaType = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (mediaType is not null)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(mediaType));
        }

        var answer = await AskAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            using (answer)
            {
                throw await ProblemAsync(answer, cancellationToken);
            }
        }

        return await answer.Content.ReadAsStreamAsync(cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static ReadOnlyMemory<byte> Body(Action<Utf8JsonWriter>? write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write?.Invoke(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <exception cref="HttpRequestException">Nothing answers; its message names the address, which may be the API's or the gateway's.</exception>
    private async Task<HttpResponseMessage> AskAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, completion, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.InnerException is AuthenticationException { Message: var why })
        {
            // .NET's own message is that the inner one should be seen.
            throw new HttpRequestException($"{_http.BaseAddress} does not answer by https; by http it may, or its certificate is none that this machine trusts: {why}", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException)
        {
            throw new HttpRequestException($"{_http.BaseAddress} does not answer: {exception.Message}", exception, (exception as HttpRequestException)?.StatusCode);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"{_http.BaseAddress} does not answer: it has not within {_http.Timeout.TotalSeconds:0.#} seconds", exception);
        }
    }

    private JsonDocument Parse(byte[] body)
    {
        try
        {
            var answer = JsonDocument.Parse(body);
            OrganisationCurrency.Learn(answer.RootElement);
            return answer;
        }
        catch (JsonException)
        {
            throw NotTheApi();
        }
    }

    private KtError NotTheApi() =>
        new(ExitCodes.Unavailable, $"What answers at {_http.BaseAddress} is not the platform's {(_isGateway ? "gateway" : "API")}. ./run --env prints the right addresses.");

    private async Task<JsonDocument> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Add("Idempotency-Key", key ?? Guid.CreateVersion7().ToString());
        }

        using var answer = await AskAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw await ProblemAsync(answer, cancellationToken);
        }

        return Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    private async Task<KtError> ProblemAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var mediaType = answer.Content.Headers.ContentType?.MediaType;

        // The API says in a problem of its own what it does not know or take. A page about that, as the dashboard's, is another's.
        if (answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed && mediaType is "text/html")
        {
            return NotTheApi();
        }

        var text = Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        var problem = Problem.Read((int)answer.StatusCode, mediaType, text, _isGateway);
        if (problem.Reason == ApiKnowsNoSuchPath && _http.BaseAddress!.AbsoluteUri is var address && address.EndsWith(Version, StringComparison.Ordinal))
        {
            // As the gateway's is given to the clients of others.
            return new KtError(
                ExitCodes.Unavailable, $"The API's address is given without {Version.TrimEnd('/')}, which kt adds: set KEEPTRUSTS_API_URL to {address[..^Version.Length]}, or run: kt init --url URL", problem.Reason);
        }

        return problem.Reason != GatewayKnowsNoSuchPath ? problem
            : _isGateway ? new KtError(
                ExitCodes.Failed,
                $"{problem.Message} Is {_http.BaseAddress}, of {GatewayAddress.UrlVariable}, the gateway's address without a path, and is the gateway as new as kt? ./run --env prints the address.", problem.Reason)
            : new KtError(
                ExitCodes.Unavailable, $"What answers at {_http.BaseAddress} is the AI gateway, not the platform's API. Set KEEPTRUSTS_API_URL to the API's address; ./run --env prints it.", problem.Reason);
    }
}
