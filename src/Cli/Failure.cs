using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Platform.Cli;

/// <summary>How an end that is no success is told on stderr: in words, or where the answer was asked for as JSON as the last line, <c>{"error":{"exit_code":…,"reason":…,"message":…}}</c>.</summary>
internal sealed record Failure(int ExitCode, string Message, string? Reason = null)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether the command line asks for JSON, also where it is wrong otherwise.</summary>
    public static bool IsJsonAsked(IReadOnlyList<string> args) =>
        args.Index().Any(arg => arg.Item is "--output=json" or "-o=json" || (arg.Item == "json" && arg.Index > 0 && args[arg.Index - 1] is "-o" or "--output"));

    public int Tell(TextWriter error, bool asJson)
    {
        error.WriteLine(asJson ? Json() : Message);
        return ExitCode;
    }

    private string Json()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteNumber("exit_code", ExitCode);
            json.WriteString("reason", Reason);
            json.WriteString("message", Reason is null ? Message : Message.Replace($" [{Reason}]", "", StringComparison.Ordinal));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }
}
