using Platform.Cli.Api;
using Platform.Cli.Configuration;
using Platform.Cli.Output;

namespace Platform.Cli;

/// <summary>What a command touches of the world. Data goes to <paramref name="Out"/>, everything said about it to <paramref name="Error"/>.</summary>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="ReadSecret">Asks for a secret by a prompt, or reads it from standard input; null or empty when there is none.</param>
/// <param name="Width">Columns of the terminal; null when stdout is redirected: then no line has a limit.</param>
internal sealed record KtEnvironment(TextWriter Out, TextWriter Error, TimeProvider Time, Func<string, string?> Variable, Func<string, string?> ReadSecret, int? Width)
{
    /// <summary>How long an answer may take: longer than what the API itself lets a service take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(11);

    /// <summary>How long the names of keys may take, all of an answer together: less than anybody minds, since ids do without them.</summary>
    public TimeSpan NamePatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether anybody still reads stdout. Asked by what has no end of its own.</summary>
    public Func<bool> IsRead { get; init; } = () => true;

    public KtSettings Settings() => KtSettings.Load(Variable);

    /// <summary>A client of the configured API. Without a token it says how to get one (exit code 3).</summary>
    public ApiClient Connect()
    {
        var settings = Settings();
        return settings.Token is { } token
            ? new ApiClient(settings.Url, token, Patience)
            : throw new KtError(ExitCodes.NotAuthenticated, "There is no token. Set KEEPTRUSTS_API_TOKEN, or run: kt auth login");
    }

    /// <summary>A secret as it was given, or where that is "-" as it is typed unseen or comes on standard input. There is none: it says how to give it (exit code 2).</summary>
    /// <param name="what">What it is, as a prompt.</param>
    /// <param name="command">The command that takes it from a file.</param>
    public string Secret(string given, string what, string command) =>
        given != "-" ? given
        : ReadSecret(what)?.Trim() is { Length: > 0 } read ? read
        : throw new KtError(ExitCodes.Usage, $"{what} is missing: type it when asked, or send it on standard input: {command} < FILE");

    public Printer Printer(OutputFormat format) => new(this, format);
}
