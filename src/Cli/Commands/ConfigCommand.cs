using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Configuration;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt config show</c>: what is in force and where it comes from; the token masked.</summary>
internal static class ConfigCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        var show = new Command("show", "What is in force and where it comes from.").Does(
            (parsed, _) =>
            {
                var settings = environment.Settings();
                var token = settings.Token is { } secret ? KtSettings.Masked(secret) : null;
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    using var document = JsonDocument.Parse(Body(settings, token));
                    printer.Json(document.RootElement);
                }
                else
                {
                    printer.Facts(
                    [
                        ("api url", $"{settings.Url}  ({settings.UrlSource})"),
                        ("token", token is null ? "none: kt auth login" : $"{token}  ({settings.TokenSource})"),
                        ("file", File.Exists(settings.File) ? settings.File : $"{settings.File} (not there: kt init makes it)"),
                    ]);
                }

                return Task.FromResult(ExitCodes.Ok);
            },
            output);
        return new Command("config", "The command line tool's configuration.") { show };
    }

    private static byte[] Body(KtSettings settings, string? token)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("api_url", settings.Url);
            writer.WriteString("api_url_source", settings.UrlSource);
            writer.WriteString("api_token", token);
            writer.WriteString("api_token_source", settings.TokenSource);
            writer.WriteString("file", settings.File);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }
}
