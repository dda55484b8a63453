using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Platform.Routing.Tests.Calls;

/// <summary>
/// Providers on one real port, each below its own path, that do what their script says, call by call: "ok", "ok tier" (which the answer names), "said {}" (200 and that), "nothing 204" (that status), "packed gzip 9000" (a whole one so packed, with so many spaces in it; "shorn gzip": without its last ten bytes), "sized 3000" (an answer with so many letters), "chunked 3000" (one whose length is not said before), "events {}|{}" (a stream of those), "typed text/event-stream" (a whole one of that content type), "total 500" (an answer whose total is more than its parts), "500", "429 2" (Retry-After), "400 code", "reset",
/// "hang", "cut" (in the middle of a stream), "empty" (a stream without a byte), "stream" (a whole one), "stream tier" (every chunk but the last names it), "stream-error" (one that says an error after who speaks), "long 8" (a whole one of so many MB), "response" (a whole one of responses), "response-failed usage" (one that fails before its
/// first token, with that usage), "page 503" (what a proxy says), "strict" (a stream that tells its usage by itself, with its last chunk; 422 to who asks for it), "running" (a stream that states its usage so far with every chunk; "running cut" breaks off), "comments" and "openings" (streams that send those, and never a token), "stay" (one that goes on when its first token is sent, and "usage-stay" when its usage is).
/// Without a script: "ok".
/// </summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<bool>> _left = new();
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _scripts = new();
    private readonly CancellationTokenSource _stopping = new();

    private ScriptedProvider(WebApplication app)
    {
        _app = app;
        app.Map("/{name}/v1/chat/completions", (string name, HttpContext http) => AnswerAsync(name, http));
        app.Map("/{name}/openai/deployments/{model}/chat/completions", (string name, HttpContext http) => AnswerAsync(name, http));
        app.Map("/{name}/v1/responses", (string name, HttpContext http) => AnswerAsync(name, http));
        app.Map("/{name}/v1/messages", AnswerMessageAsync);
        app.Map("/{name}/v1/messages/count_tokens", AnswerMessageAsync);
        app.Map("/{name}/health", (string name) => Results.StatusCode(_scripts.TryGetValue(name + "/health", out var script) && script.TryDequeue(out var status)
            ? int.Parse(status, System.Globalization.CultureInfo.InvariantCulture)
            : 200));
    }

    /// <summary>What each message and each count said beside its body: "path version betas".</summary>
    public ConcurrentQueue<string> AnthropicHeaders { get; } = new();

    /// <summary>What each call sent.</summary>
    public ConcurrentQueue<string> Bodies { get; } = new();

    /// <summary>Waits until the gateway has cut off a call that would have gone on.</summary>
    public Task<bool> LeftAsync(string name, CancellationToken cancellationToken) =>
        _left.GetOrAdd(name, _ => new TaskCompletionSource<bool>()).Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);

    /// <summary>Each call as "provider attempt-id", in the order of their arrival.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public string AddressOf(string name) =>
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/" + name;

    public static async Task<ScriptedProvider> StartAsync(CancellationToken cancellationToken)
    {
        // Empty: the service's own settings lie beside the tests, with its own endpoints.
        var builder = LoopbackServer.NewBuilder();
        builder.Services.AddRouting();
        var provider = new ScriptedProvider(builder.Build());
        await provider._app.StartAsync(cancellationToken);
        return provider;
    }

    public void Script(string name, params string[] steps) => _scripts[name] = new ConcurrentQueue<string>(steps);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    /// <summary>Until the caller goes away.</summary>
    private async Task RepeatAsync(HttpContext http, string text)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token);
        while (!ended.IsCancellationRequested)
        {
            await http.Response.WriteAsync(text, CancellationToken.None);
            await http.Response.Body.FlushAsync(CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(50), ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>"refusal cyber", "refusal-text bio" (after some of an answer), "refusal-stream …" and "refusal-text-stream …"; "-" is no category. "geo us" and "geo-stream us": where it ran. Anything else, or no script: a plain answer.</summary>
    private async Task AnswerMessageAsync(string name, HttpContext http)
    {
        Bodies.Enqueue(await new StreamReader(http.Request.Body).ReadToEndAsync(http.RequestAborted));
        if (_scripts.TryGetValue(name, out var script) && script.TryDequeue(out var next) && next.Split(' ') is [var step, var category])
        {
            await (step.StartsWith("geo", StringComparison.Ordinal) ? AnswerFromAsync(step, category, http) : AnswerRefusalAsync(step, category == "-" ? "null" : $"\"{category}\"", http));
            return;
        }

        var (version, betas) = (http.Request.Headers["anthropic-version"].ToString(), http.Request.Headers["anthropic-beta"].ToString().Replace(", ", ",", StringComparison.Ordinal));
        AnthropicHeaders.Enqueue($"{http.Request.Path.Value![(name.Length + 1)..]} {version} {betas}".TrimEnd());
        await http.Response.WriteAsync("""{"input_tokens":8,"usage":{"input_tokens":8,"output_tokens":1}}""");
    }

    /// <param name="coding">"torn" says gzip and is none.</param>
    /// <param name="shorn">How many of its last bytes are missing.</param>
    private static async Task WritePackedAsync(HttpContext http, string coding, string spaces, int shorn)
    {
        var answer = System.Text.Encoding.UTF8.GetBytes("\uFEFF{\"choices\":[{\"message\":{\"content\":\"packed\"}}]," + spaces + "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}}");
        using var packed = new MemoryStream();
        await using (Stream packer = coding switch
        {
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BufferedStream(packed),
        })
        {
            await packer.WriteAsync(answer);
        }

        http.Response.Headers.ContentEncoding = coding == "torn" ? "gzip" : coding;
        await http.Response.Body.WriteAsync(coding == "torn" ? answer : packed.ToArray()[..^shorn]);
    }

    private static Task AnswerFromAsync(string step, string region, HttpContext http)
    {
        var usage = $"\"usage\":{{\"input_tokens\":100,\"output_tokens\":10,\"inference_geo\":\"{region}\"}}";
        if (step == "geo")
        {
            return http.Response.WriteAsync($"{{\"content\":[{{\"type\":\"text\",\"text\":\"h\"}}],{usage}}}");
        }

        http.Response.ContentType = "text/event-stream";
        return http.Response.WriteAsync(
            $"event: message_start\ndata: {{\"type\":\"message_start\",\"message\":{{\"content\":[],{usage}}}}}\n\n"
            + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
            + "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":10}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    }

    private static Task AnswerRefusalAsync(string step, string category, HttpContext http)
    {
        var hasText = step.StartsWith("refusal-text", StringComparison.Ordinal);
        var why = $$"""{"stop_reason":"refusal","stop_details":{"type":"refusal","category":{{category}},"explanation":null}""";
        if (!step.EndsWith("stream", StringComparison.Ordinal))
        {
            return http.Response.WriteAsync(why + $$$""","content":[{{{(hasText ? "{\"type\":\"text\",\"text\":\"h\"}" : "")}}}],"usage":{"input_tokens":100,"output_tokens":10}}""");
        }

        http.Response.ContentType = "text/event-stream";
        return http.Response.WriteAsync(
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":100,\"output_tokens\":1}}}\n\n"
            + (hasText ? "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n" : "")
            + (hasText ? "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"h\"}}\n\n" : "")
            + $"event: message_delta\ndata: {{\"type\":\"message_delta\",\"delta\":{why}}},\"usage\":{{\"output_tokens\":10}}}}\n\nevent: message_stop\ndata: {{\"type\":\"message_stop\"}}\n\n");
    }

    private async Task AnswerAsync(string name, HttpContext http)
    {
        var body = await new StreamReader(http.Request.Body).ReadToEndAsync(http.RequestAborted);
        Bodies.Enqueue(body);
        Calls.Enqueue($"{name} {http.Request.Headers["X-KT-Attempt-Id"]}");
        var step = (_scripts.TryGetValue(name, out var script) && script.TryDequeue(out var next) ? next : "ok").Split(' ');
        switch (step[0])
        {
            case "ok":
                await http.Response.WriteAsync($$$"""{"id":"{{{name}}}","choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":100,"completion_tokens":10}{{{(step.Length > 1 ? $",\"service_tier\":\"{step[1]}\"" : "")}}}}""");
                break;
            case "total":
                await http.Response.WriteAsync($$$"""{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":100,"completion_tokens":10,"total_tokens":{{{step[1]}}}}}""");
                break;
            case "boast":
                http.Response.Headers["X-KT-Mark"] = "overflow";
                http.Response.Headers["x-kt-anything"] = "9";
                http.Response.Headers["X-Request-Id"] = "theirs";
                http.Response.Headers["Refresh"] = "0; url=https://elsewhere.example";
                goto case "ok";
            case "said":
                await http.Response.WriteAsync(step[1]);
                break;
            case "nothing":
                http.Response.StatusCode = int.Parse(step[1], System.Globalization.CultureInfo.InvariantCulture);
                break;
            case "packed" or "shorn":
                await WritePackedAsync(http, step[1], new string(' ', step.Length > 2 ? int.Parse(step[2], System.Globalization.CultureInfo.InvariantCulture) : 0), step[0] == "shorn" ? 10 : 0);
                break;
            case "events":
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync(string.Concat(step[1].Split('|').Select(one => $"data: {one}\n\n")));
                break;
            case "sized" or "chunked":
                var text = $$$"""{"choices":[{"message":{"content":"{{{new string('h', int.Parse(step[1], System.Globalization.CultureInfo.InvariantCulture))}}}"}}]}""";
                http.Response.ContentLength = step[0] == "sized" ? text.Length : null;
                await http.Response.WriteAsync(text);
                break;
            case "typed":
                http.Response.ContentType = step[1];
                await http.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}}\n\ndata: [DONE]\n\n");
                break;
            case "blocked":
                http.Response.StatusCode = 400;
                http.Response.ContentType = "application/json";
                await http.Response.WriteAsync("""{"error":{"message":"Output blocked by content filtering policy","type":"invalid_request_error"}}""");
                break;
            case "reset":
                http.Abort();
                break;
            case "hang":
                await Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token).Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case "comments" or "openings":
                http.Response.ContentType = "text/event-stream";
                await RepeatAsync(http, step[0] == "comments" ? ": PROCESSING\n\n" : "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
                break;
            case "stay" or "usage-stay":
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync(step[0] == "stay"
                    ? "data: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\n"
                    : "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}}\n\n: more\n\n");
                await http.Response.Body.FlushAsync();
                try
                {
                    await RepeatAsync(http, ": PROCESSING\n\n");
                }
                finally
                {
                    _left.GetOrAdd(name, _ => new TaskCompletionSource<bool>()).TrySetResult(http.RequestAborted.IsCancellationRequested);
                }

                break;
            case "cut":
                // Less than was promised, so the server closes the connection behind it.
                http.Response.ContentType = "text/event-stream";
                http.Response.ContentLength = 1000;
                await http.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\n");
                break;
            case "stream" or "stream-error":
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
                await http.Response.Body.FlushAsync();
                await http.Response.WriteAsync(step[0] == "stream"
                    ? "data: {" + (step.Length > 1 ? $"\"service_tier\":\"{step[1]}\"," : "") + "\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}}\n\ndata: [DONE]\n\n"
                    : $$$"""data: {"error":{"message":"{{{name}}} is overloaded"}}""" + "\n\n");
                break;
            case "strict" when body.Contains("stream_options", StringComparison.Ordinal):
                http.Response.StatusCode = 422;
                await http.Response.WriteAsync("""{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error"}""");
                break;
            case "strict":
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"h\"},\"finish_reason\":null}]}\n\n");
                await http.Response.WriteAsync("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,\"total_tokens\":110,\"completion_tokens\":10}}\n\ndata: [DONE]\n\n");
                break;
            case "long":
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\n");
                for (var left = 64 * int.Parse(step[1], System.Globalization.CultureInfo.InvariantCulture); left > 0; left--)
                {
                    await http.Response.WriteAsync($"data: {{\"choices\":[{{\"delta\":{{\"content\":\"{new string('h', 16 * 1024)}\"}}}}]}}\n\n");
                }

                await http.Response.WriteAsync("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}}\n\ndata: [DONE]\n\n");
                break;
            case "response" or "response-failed":
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync("data: {\"type\":\"response.created\",\"response\":{\"usage\":null}}\n\n");
                await http.Response.Body.FlushAsync();
                var end = step[0] == "response" ? "data: {\"type\":\"response.output_text.delta\",\"delta\":\"h\"}\n\ndata: {\"type\":\"response.completed\"" : "data: {\"type\":\"response.failed\"";
                await http.Response.WriteAsync(end + $",\"response\":{{\"usage\":{(step.Length > 1 ? step[1] : "{\"input_tokens\":100,\"output_tokens\":10}")}}}}}\n\n");
                break;
            case "page":
                http.Response.StatusCode = int.Parse(step[1], System.Globalization.CultureInfo.InvariantCulture);
                http.Response.ContentType = "text/html";
                await http.Response.WriteAsync($"<html>{name} says no</html>");
                break;
            case "running":
                http.Response.ContentType = "text/event-stream";
                http.Response.ContentLength = step.Length > 1 ? 1000 : null;
                await http.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"h\"},\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":1}}\n\n");
                if (step.Length == 1)
                {
                    await http.Response.WriteAsync("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}}\n\ndata: [DONE]\n\n");
                }

                break;
            case "empty":
                http.Response.ContentType = "text/event-stream";
                await http.Response.Body.FlushAsync();
                http.Abort();
                break;
            default:
                http.Response.StatusCode = int.Parse(step[0], System.Globalization.CultureInfo.InvariantCulture);
                if (http.Response.StatusCode == 429 && step.Length > 1)
                {
                    http.Response.Headers.RetryAfter = step[1];
                }

                if (http.Response.StatusCode is >= 300 and < 400)
                {
                    http.Response.Headers.Location = "https://elsewhere.example/v1";
                }

                http.Response.ContentType = "application/json";
                await http.Response.WriteAsync($$$"""{"error":{"message":"{{{name}}} says no","type":"invalid_request_error","code":"{{{(step.Length > 1 ? step[1] : "")}}}"}}""");
                break;
        }
    }
}
