using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt auth token create|rotate|allow|list|freeze|unfreeze|revoke</c>, and the same as <c>kt keys …</c>, where people look for them.</summary>
internal static class AuthTokenCommand
{
    private static readonly string[] Columns =
        ["key", "name", "role", "team", "user", "application", "workload", "may ask for", "ends in", "created", "expires", "status", "replaces", "replaced by"];

    public static Command Create(KtEnvironment environment) => Create(environment, "token", "Tokens of people, services and teams.");

    public static Command CreateKeys(KtEnvironment environment) => Create(environment, "keys", "API keys of teams, people and services, as kt auth token.");

    private static Command Create(KtEnvironment environment, string name, string description) => new(name, description)
    {
        CreateTokenCommand.Create(environment),
        RotateTokenCommand.Create(environment),
        Allow(environment),
        List(environment),
        Change(environment, "freeze", "Refuse a token's calls, everywhere within two seconds.", "frozen"),
        Change(environment, "unfreeze", "Let a token call again.", "not frozen any more"),
        Revoke(environment),
    };

    /// <summary>The secret alone on stdout, what is to be known of it on stderr.</summary>
    public static void PrintSecret(KtEnvironment environment, OutputFormat format, JsonElement answer, string sentence)
    {
        var printer = environment.Printer(format);
        if (printer.IsJson)
        {
            printer.Json(answer);
            return;
        }

        environment.Error.WriteLine($"{sentence} Keep the secret now: it is never shown again.");
        printer.Line(answer.Text("secret"));
    }

    public static Argument<string> Key() => new("key") { Description = "The key's id: key_…" };

    public static Option<string[]> Models() => Names("--model", "A public model name that it may ask for; repeat for several, leave out for all.");

    public static Option<string[]> Lanes() => Names("--lane", "A lane that it may ask for; repeat for several, leave out for all.");

    public static void WriteNames(Utf8JsonWriter body, string field, IReadOnlyList<string>? names)
    {
        body.WriteStartArray(field);
        foreach (var name in names ?? [])
        {
            body.WriteStringValue(name);
        }

        body.WriteEndArray();
    }

    private static Option<string[]> Names(string name, string description) => new(name) { Description = description };

    private static Command Allow(KtEnvironment environment)
    {
        var key = Key();
        var (models, lanes) = (Models(), Lanes());
        var output = CommonOptions.Output();
        return new Command("allow", "Replace the models and lanes that a token may ask for.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PutAsync(
                    $"{Path(parsed.GetRequiredValue(key))}/allowed",
                    body =>
                    {
                        WriteNames(body, "allowed_models", parsed.GetValue(models));
                        WriteNames(body, "allowed_lanes", parsed.GetValue(lanes));
                    },
                    cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"{Named(answer)} may ask for {Allowed(answer.RootElement)}.");
                await KnownNames.WarnAsync(environment, api, parsed.GetValue(models), parsed.GetValue(lanes), cancellation);
                return ExitCodes.Ok;
            },
            key, models, lanes, output);
    }

    private static Command List(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var user = CommonOptions.Text("--user", "Only this user's (user_id).");
        var page = new PageOptions();
        var output = CommonOptions.Output();
        return new Command("list", "Tokens without secrets, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path("v1/keys", [("team_id", parsed.GetValue(team)), ("user_id", parsed.GetValue(user)), .. page.Read(parsed)]), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns, "keys", Row);
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            team, user, page.Limit, page.Page, output);
    }

    private static Command Change(KtEnvironment environment, string verb, string description, string done)
    {
        var key = Key();
        return new Command(verb, description).Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync($"{Path(parsed.GetRequiredValue(key))}/{verb}", null, cancellation);
                environment.Error.WriteLine($"{Named(answer)} is {done}.");
                return ExitCodes.Ok;
            },
            key);
    }

    private static Command Revoke(KtEnvironment environment)
    {
        var key = Key();
        return new Command("revoke", "End a token for good, everywhere within two seconds.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync(Path(parsed.GetRequiredValue(key)), cancellation);
                environment.Error.WriteLine($"{Named(answer)} is revoked.");
                return ExitCodes.Ok;
            },
            key);
    }

    private static string Path(string key) => $"v1/keys/{Uri.EscapeDataString(key)}";

    private static string Named(JsonDocument answer) => $"{answer.RootElement.Text("key_id")} ({answer.RootElement.Text("name")})";

    private static IReadOnlyList<string> Row(JsonElement key) =>
    [
        key.Text("key_id"), key.Text("name"), Role(key), key.Text("team_id"), key.Text("user_id"), key.Text("application_id"), key.Text("workload"),
        key.Text("role") == "inference" ? Allowed(key) : "", "…" + key.Text("hint"), key.Time("created_at"), key.Time("expires_at"), key.Text("status"),
        key.Text("replaces_key_id"), key.Text("replaced_by_key_id"),
    ];

    private static string Role(JsonElement key) => $"{key.Text("role")} {key.Text("holder")}".TrimEnd();

    private static string Allowed(JsonElement key)
    {
        static string Names(JsonElement key, string field) => string.Join(',', key.GetProperty(field).EnumerateArray().Select(name => name.GetString()));
        var (models, lanes) = (Names(key, "allowed_models"), Names(key, "allowed_lanes"));
        return (models.Length, lanes.Length) switch
        {
            (0, 0) => "all",
            (_, 0) => models,
            (0, _) => $"lane {lanes}",
            _ => $"{models} in lane {lanes}",
        };
    }
}
