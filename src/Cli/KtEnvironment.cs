using Platform.Cli.Api;
using Platform.Cli.Configuration;
using Platform.Cli.Output;

namespace Platform.Cli;

/// <summary>What a command touches of the world. Data goes to <paramref name="Out"/>, everything said about it to <paramref name="Error"/>.</summary>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="Width">Columns of the terminal; null when stdout is redirected: then no line has a limit.</param>
internal sealed record KtEnvironment(TextWriter Out, TextWriter Error, TimeProvider Time, Func<string, string?> Variable, int? Width)
{
    public KtSettings Settings() => KtSettings.Load(Variable);

    /// <summary>A client of the configured API. Without a token it says how to get one (exit code 3).</summary>
    public ApiClient Connect()
    {
        var settings = Settings();
        return settings.Token is { } token
            ? new ApiClient(settings.Url, token)
            : throw new KtError(ExitCodes.NotAuthenticated, "There is no token. Set KEEPTRUSTS_API_TOKEN, or run: kt auth login --token kt_live_…");
    }

    public Printer Printer(OutputFormat format) => new(this, format);
}
