using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Platform.Cli.Commands;
using Platform.Cli.Output;

namespace Platform.Cli;

/// <summary>How an end that is no success is told on stderr: in words, or where the answer was asked for as JSON as the last line, <c>{"error":{"exit_code":…,"reason":…,"message":…}}</c>.</summary>
internal sealed record Failure(int ExitCode, string Message, string? Reason = null)
{
    private const string OutputOption = "--output";
    private const string ShortOutputOption = "-o";
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether the command line asks for JSON, also where it is wrong otherwise. A command's --output may also be a file, of whatever name.</summary>
    /// <param name="args">What <paramref name="parsed"/> was parsed from: of a wrong command line the parser may not know the option.</param>
    public static bool IsJsonAsked(ParseResult parsed, IReadOnlyList<string> args) =>
        parsed.CommandResult.Command.Options.FirstOrDefault(option => option.Name == OutputOption) switch
        {
            Option<OutputFormat> format when parsed.Errors.Count == 0 => parsed.GetValue(format) == OutputFormat.Json,
            Option<DocumentFormat> format when parsed.Errors.Count == 0 => parsed.GetValue(format) == DocumentFormat.Json,
            null or Option<OutputFormat> or Option<DocumentFormat> => args.Index().Any(arg => IsJson(Value(arg.Item) ?? (arg.Index > 0 && args[arg.Index - 1] is OutputOption or ShortOutputOption ? arg.Item : null))),
            _ => false,
        };

    /// <summary>What an argument itself gives as --output; null: nothing.</summary>
    private static string? Value(string arg) =>
        arg.StartsWith(OutputOption + "=", StringComparison.Ordinal) || arg.StartsWith(OutputOption + ":", StringComparison.Ordinal) ? arg[(OutputOption.Length + 1)..]
        : arg.StartsWith(ShortOutputOption, StringComparison.Ordinal) && arg.Length > ShortOutputOption.Length ? arg[ShortOutputOption.Length..].TrimStart('=', ':')
        : null;

    private static bool IsJson(string? value) => string.Equals(value, nameof(OutputFormat.Json), StringComparison.OrdinalIgnoreCase);

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
