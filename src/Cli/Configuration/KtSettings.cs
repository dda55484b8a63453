using System.Text.Json;
using Platform.Cli.TextFiles;

namespace Platform.Cli.Configuration;

/// <summary>
/// Where the API is and who we are. The environment wins over the file; the file is made by `kt init` and `kt auth login` and readable by its owner only.
/// </summary>
internal sealed record KtSettings(string Url, string UrlSource, string? Token, string? TokenSource, string File, string? InvoiceUrl)
{
    public const string UrlVariable = "KEEPTRUSTS_API_URL";
    public const string TokenVariable = "KEEPTRUSTS_API_TOKEN";
    public const string InvoiceVariable = "KEEPTRUSTS_INVOICE_URL";
    public const string DefaultUrl = "http://127.0.0.1:5160";

    /// <param name="ignoreFile">True where the file is about to be replaced, so that a broken one does not stand in the way.</param>
    public static KtSettings Load(Func<string, string?> variable, bool ignoreFile = false)
    {
        var file = FilePath(variable);
        var (fileUrl, fileToken) = ignoreFile ? (null, null) : Read(file);
        var environmentUrl = Given(variable(UrlVariable));
        var environmentToken = Given(variable(TokenVariable));
        return new KtSettings(
            (environmentUrl ?? fileUrl ?? DefaultUrl).TrimEnd('/'),
            environmentUrl is not null ? UrlVariable : fileUrl is not null ? file : "default",
            environmentToken ?? fileToken,
            environmentToken is not null ? TokenVariable : fileToken is not null ? file : null,
            file,
            Given(variable(InvoiceVariable)));
    }

    /// <summary>A token as it may be shown: its last four characters.</summary>
    public static string Masked(string token) => "kt_live_…" + (token.Length > 12 ? token[^4..] : "");

    public static void Save(string file, string url, string? token)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);

        // Written beside and moved, so that a crash never leaves half a file; made private before the secret goes in.
        var draft = file + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(draft, options))
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("api_url", url);
            if (token is not null)
            {
                writer.WriteString("api_token", token);
            }

            writer.WriteEndObject();
        }

        System.IO.File.Move(draft, file, overwrite: true);
    }

    private static string FilePath(Func<string, string?> variable)
    {
        var home = Given(variable("XDG_CONFIG_HOME")) ?? Path.Combine(Given(variable("HOME")) ?? Path.GetTempPath(), ".config");
        return Path.Combine(home, "keeptrusts", "config.json");
    }

    private static (string? Url, string? Token) Read(string file)
    {
        if (!System.IO.File.Exists(file))
        {
            return (null, null);
        }

        try
        {
            using var document = JsonDocument.Parse(TextFile.ReadBytes(file));
            string? Text(string name) => document.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
            return (Text("api_url"), Text("api_token"));
        }
        catch (JsonException exception)
        {
            throw new KtError(ExitCodes.Failed, $"{file} is not valid JSON ({exception.Message}). Mend it, or write it anew: kt init --force");
        }
    }

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}
