using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Configuration;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt auth login|logout|whoami|token</c>.</summary>
internal static class AuthCommand
{
    public static Command Create(KtEnvironment environment) => new("auth", "Tokens: your own, and those of others.")
    {
        Login(environment),
        Logout(environment),
        WhoAmI(environment),
        AuthTokenCommand.Create(environment),
    };

    private static Command Login(KtEnvironment environment)
    {
        var token = CommonOptions.Text("--token", "The token. Others on the machine can read it there: without it, or as -, it is typed unseen or read from standard input.");
        return new Command("login", "Store a token, after the API has confirmed it.").Does(
            async (parsed, cancellation) =>
            {
                var settings = environment.Settings();
                var secret = environment.Secret(parsed.GetValue(token) ?? "-", "Token", "kt auth login");
                using var api = new ApiClient(settings.Url, secret, environment.Patience);
                using var answer = await api.GetAsync("v1/whoami", cancellation);
                KtSettings.Save(settings.File, settings.Url, secret);
                var key = answer.RootElement.GetProperty("key");
                environment.Error.WriteLine($"Logged in as {key.Text("name")} ({key.Text("role")}). Stored in {settings.File}.");
                return ExitCodes.Ok;
            },
            token);
    }

    private static Command Logout(KtEnvironment environment) => new Command("logout", "Forget the stored token.").Does((_, _) =>
    {
        var settings = environment.Settings();
        if (File.Exists(settings.File))
        {
            // The file's own address, whatever the environment says for now.
            KtSettings.Save(settings.File, KtSettings.Load(name => name == KtSettings.UrlVariable ? null : environment.Variable(name)).Url, token: null);
        }

        environment.Error.WriteLine("No token is stored now.");
        if (environment.Variable(KtSettings.TokenVariable) is { Length: > 0 })
        {
            environment.Error.WriteLine($"{KtSettings.TokenVariable} is still set in the environment: unset it too.");
        }

        return Task.FromResult(ExitCodes.Ok);
    });

    private static Command WhoAmI(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("whoami", "Who the token is.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/whoami", cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                var key = answer.RootElement.GetProperty("key");
                printer.Facts(
                [
                    ("key", key.Text("key_id")),
                    ("name", key.Text("name")),
                    ("role", key.Text("role")),
                    ("team", Show.OrAll(key.Text("team_id"), "–")),
                    ("user", Show.OrAll(key.Text("user_id"), "–")),
                    ("expires", key.Time("expires_at")),
                    ("organisation", answer.RootElement.Text("organisation")),
                    ("currency", answer.RootElement.Text("currency")),
                ]);
                return ExitCodes.Ok;
            },
            output);
    }
}
