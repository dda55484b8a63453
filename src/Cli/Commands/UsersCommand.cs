using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt users create|update|list|enable|disable</c>.</summary>
internal static class UsersCommand
{
    private static readonly string[] Columns = ["user", "name", "e-mail", "created", "disabled"];

    public static Command Create(KtEnvironment environment) => new("users", "People whose keys' calls can be charged to wallets of their own.")
    {
        CreateUser(environment),
        Update(environment),
        List(environment),
        Disable(environment, "disable", true, "Refuse all keys of a user, everywhere within two seconds.", "disabled: no key of theirs works."),
        Disable(environment, "enable", false, "Let a user's keys work again.", "enabled."),
    };

    private static Argument<string> Id() => new("user_id") { Description = "Lower-case letters, digits, '_' and '-', beginning with a letter." };

    private static Command CreateUser(KtEnvironment environment)
    {
        var id = Id();
        var name = CommonOptions.Text("--name", "For people; the id when absent.");
        var email = CommonOptions.Text("--email", "An e-mail address.");
        var output = CommonOptions.Output();
        return new Command("create", "Make a user.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/users",
                    body =>
                    {
                        body.WriteString("user_id", parsed.GetRequiredValue(id));
                        body.WriteString("name", parsed.GetValue(name) ?? parsed.GetRequiredValue(id));
                        body.WriteGiven(parsed, email);
                    },
                    cancellation);
                environment.Answer(
                    parsed.GetValue(output), answer, $"Made {answer.RootElement.Text("user_id")}. A key: kt auth token create --user {answer.RootElement.Text("user_id")} --team TEAM --name …");
                return ExitCodes.Ok;
            },
            id, name, email, output);
    }

    private static Command Update(KtEnvironment environment)
    {
        var id = Id();
        var name = CommonOptions.Text("--name", "For people.");
        var email = CommonOptions.Clearable("--email", "An e-mail address; empty clears it.");
        var output = CommonOptions.Output();
        return new Command("update", "Change what is given of a user.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PatchAsync(Path(parsed.GetRequiredValue(id)), body => body.WriteGiven(parsed, name, email), cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"{answer.RootElement.Text("user_id")} is updated.");
                return ExitCodes.Ok;
            },
            id, name, email, output).RequireChange("kt users list", name, email);
    }

    private static Command List(KtEnvironment environment)
    {
        var page = new PageOptions();
        var output = CommonOptions.Output();
        return new Command("list", "Users, by id.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Query.Path("v1/users", page.Read(parsed)), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns, "users", Row);
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            page.Limit, page.Page, output);
    }

    private static Command Disable(KtEnvironment environment, string verb, bool disabled, string description, string done)
    {
        var id = Id();
        return new Command(verb, description).Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PatchAsync(Path(parsed.GetRequiredValue(id)), body => body.WriteBoolean("disabled", disabled), cancellation);
                environment.Error.WriteLine($"{answer.RootElement.Text("user_id")} is {done}");
                return ExitCodes.Ok;
            },
            id);
    }

    private static string Path(string id) => $"v1/users/{Uri.EscapeDataString(id)}";

    private static IReadOnlyList<string> Row(JsonElement user) =>
        [user.Text("user_id"), user.Text("name"), user.Text("email"), user.Time("created_at"), user.Time("disabled_at")];
}
