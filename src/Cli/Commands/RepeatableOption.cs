using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;

namespace Platform.Cli.Commands;

/// <summary>
/// <c>--idempotency-key</c>, of commands that must not take effect twice and whose answer may get lost on its way. Without it each run of the command has a key of its
/// own, which is told where it is not known what became of it.
/// </summary>
internal sealed class RepeatableOption
{
    public Option<string?> Option { get; } =
        CommonOptions.Text("--idempotency-key", "The same command with the same key takes effect once. Where an answer gets lost, the key to repeat with is told.");

    /// <summary>Posts under the key, and says how to repeat where it may have taken effect though it failed.</summary>
    /// <param name="also">What else must be given for the same command to be the same request, such as a time that is now by default.</param>
    public Task<JsonDocument> PostAsync(
        KtEnvironment environment, ApiClient api, ParseResult parsed, string path, Action<Utf8JsonWriter>? write, CancellationToken cancellation, string also = "") =>
        SendAsync(environment, parsed, key => api.PostAsync(path, write, cancellation, key), also);

    /// <summary>As <see cref="PostAsync"/>, of what is sent otherwise.</summary>
    /// <param name="send">Under the key that it is given.</param>
    public async Task<JsonDocument> SendAsync(KtEnvironment environment, ParseResult parsed, Func<string, Task<JsonDocument>> send, string also = "")
    {
        var key = parsed.GetValue(Option) ?? Guid.CreateVersion7().ToString();
        try
        {
            return await send(key);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or KtError { ExitCode: ExitCodes.Unavailable })
        {
            environment.Error.WriteLine($"It may have taken effect. To repeat it without doing it twice, add {also}--idempotency-key {key}");
            throw;
        }
    }
}
