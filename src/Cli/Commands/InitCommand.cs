using System.CommandLine;
using Platform.Cli.Configuration;

namespace Platform.Cli.Commands;

/// <summary><c>kt init</c>: writes the configuration file, without overwriting one unasked.</summary>
internal static class InitCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var url = CommonOptions.Text("--url", "Where the API is; KEEPTRUSTS_API_URL or the local default when absent.");
        var token = CommonOptions.Text("--token", "A token to store, of which only the last four characters are ever shown; -: typed unseen or read from standard input, where others on the machine cannot read it.");
        var force = new Option<bool>("--force") { Description = "Write the file anew although it is there." };
        return new Command("init", "Write the configuration file.").Does(
            (parsed, _) =>
            {
                var forced = parsed.GetValue(force);
                var settings = KtSettings.Load(environment.Variable, ignoreFile: forced);
                if (File.Exists(settings.File) && !forced)
                {
                    throw new KtError(ExitCodes.Failed, $"{settings.File} is there already. Change the token with kt auth login, or write it anew with --force.");
                }

                var secret = parsed.GetValue(token) is { } given ? environment.Secret(given, "Token", "kt init --token -") : null;
                KtSettings.Save(settings.File, parsed.GetValue(url) ?? settings.Url, secret);
                environment.Error.WriteLine($"Wrote {settings.File}. kt doctor checks that it works.");
                return Task.FromResult(ExitCodes.Ok);
            },
            url, token, force);
    }
}
