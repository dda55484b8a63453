using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt alerts channels list|add|set|rotate|remove</c>.</summary>
internal static class AlertChannelsCommand
{
    private const string IdStart = "chn_";

    private static readonly string[] Columns = ["channel", "name", "type", "target", "takes", "state"];

    public static Command Create(KtEnvironment environment) => new("channels", "Where alerts are sent.")
    {
        List(environment), Add(environment), Set(environment), Rotate(environment), Remove(environment),
    };

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "Channels by name.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/alert-channels", cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns, "channels", channel =>
                    [channel.Text("channel_id"), channel.Text("name"), channel.Text("type"), Target(channel), Takes(channel), State(channel).TrimEnd(':')]);
                foreach (var channel in answer.RootElement.GetProperty("channels").EnumerateArray().Where(channel => !printer.IsJson && channel.Text("problem").Length > 0))
                {
                    environment.Error.WriteLine($"{channel.Text("name")}: {channel.Text("problem")}");
                }

                return ExitCodes.Ok;
            },
            output);
    }

    private static Command Add(KtEnvironment environment)
    {
        var name = new Argument<string>("name") { Description = "Lower-case letters, digits, '_' and '-', beginning with a letter." };
        var webhook = CommonOptions.Text("--webhook", "Signed messages by Standard Webhooks to this https URL.");
        var slack = CommonOptions.Text("--slack", "Messages to this incoming-webhook URL of Slack, or of what takes the same message. Whoever has it can post: as - it is typed unseen or read from standard input.");
        var email = CommonOptions.Text("--email", "Mail to this address.");
        var owners = new Option<bool>("--team-owners") { Description = "Mail to the e-mail address of the alert's team." };
        var filters = new AlertFilterOptions();
        var output = CommonOptions.Output();
        var command = new Command("add", "Make a channel. A webhook's secret is shown once, on stdout.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var slackUrl = parsed.GetValue(slack) is { } given ? environment.Secret(given, "Slack URL", $"kt alerts channels add {parsed.GetRequiredValue(name)} --slack -") : null;
                using var answer = await api.PostAsync(
                    "v1/alert-channels",
                    body =>
                    {
                        body.WriteString("name", parsed.GetRequiredValue(name));
                        body.WriteString("type", parsed.GetValue(webhook) is not null ? "webhook" : slackUrl is not null ? "slack" : "email");
                        body.WriteOptional("target", parsed.GetValue(webhook) ?? slackUrl ?? parsed.GetValue(email));
                        filters.Write(body, parsed);
                    },
                    cancellation);
                return Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            [name, webhook, slack, email, owners, .. filters.All, output]);
        command.Validators.Add(result =>
        {
            if (new Option[] { webhook, slack, email, owners }.Count(option => result.GetResult(option) is { Implicit: false }) != 1)
            {
                result.AddError("Give one of --webhook, --slack, --email and --team-owners.");
            }
        });
        return command;
    }

    private static Command Set(KtEnvironment environment)
    {
        var id = Id();
        var name = CommonOptions.Text("--name", "Another name: lower-case letters, digits, '_' and '-', beginning with a letter.");
        var enabled = new Option<bool?>("--enabled") { Description = "Whether anything is sent there: true or false." };
        var filters = new AlertFilterOptions(ofOneThatIs: true);
        var output = CommonOptions.Output();
        return new Command("set", "Change what is given; --kinds \"\" and --teams \"\" take all.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PatchAsync(
                    await PathAsync(api, parsed.GetRequiredValue(id), cancellation),
                    body =>
                    {
                        body.WriteGiven(parsed, name);
                        if (parsed.GetValue(enabled) is { } wanted)
                        {
                            body.WriteBoolean("enabled", wanted);
                        }

                        filters.Write(body, parsed);
                    },
                    cancellation);
                return Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            [id, name, enabled, .. filters.All, output]).RequireChange("kt alerts channels list", [name, enabled, .. filters.All.OfType<Option>()]);
    }

    private static Command Rotate(KtEnvironment environment)
    {
        var id = Id();
        var overlap = NumberOption.Create("--overlap-hours", "How many hours the secret before signs too, 0 to 720.", 0, 720, 24);
        var output = CommonOptions.Output();
        return new Command("rotate", "Give a webhook a new secret, which is shown once, on stdout.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    $"{await PathAsync(api, parsed.GetRequiredValue(id), cancellation)}/rotate", body => body.WriteNumber("overlap_seconds", parsed.GetValue(overlap) * 3600L), cancellation);
                return Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            id, overlap, output);
    }

    private static Command Remove(KtEnvironment environment)
    {
        var id = Id();
        var output = CommonOptions.Output();
        return new Command("remove", "Send nothing there any more; what waits for it is given up.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync(await PathAsync(api, parsed.GetRequiredValue(id), cancellation), cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"Removed {answer.RootElement.Text("name")}.");
                return ExitCodes.Ok;
            },
            id, output);
    }

    private static int Print(KtEnvironment environment, OutputFormat format, JsonElement channel)
    {
        var printer = environment.Printer(format);
        if (printer.IsJson)
        {
            printer.Json(channel);
            return ExitCodes.Ok;
        }

        printer.Facts(
        [
            ("channel", channel.Text("channel_id")),
            ("name", channel.Text("name")),
            ("type", channel.Text("type")),
            ("target", Target(channel)),
            ("takes", Takes(channel)),
            ("state", $"{State(channel)} {channel.Text("problem")}".TrimEnd()),
            .. channel.Text("secret") is { Length: > 0 } secret ? new[] { ("secret", secret) } : [],
            .. channel.Text("previous_secret_until").Length > 0 ? new[] { ("secret before until", channel.Time("previous_secret_until")) } : [],
        ]);
        if (channel.Text("secret").Length > 0)
        {
            environment.Error.WriteLine("Keep the secret now: it is not shown again.");
        }

        return ExitCodes.Ok;
    }

    /// <summary>Of what is there by one name: no two channels have one.</summary>
    public static Argument<string> Id() => new("channel") { Description = "The channel's name, or its id (chn_…)." };

    /// <summary>The id of the channel that is called so; an id as it is. What there is not goes as it is too: the API says that it does not know it.</summary>
    public static async Task<string> ReadIdAsync(ApiClient api, string channel, CancellationToken cancellation)
    {
        if (channel.StartsWith(IdStart, StringComparison.Ordinal))
        {
            return channel;
        }

        using var answer = await api.GetAsync("v1/alert-channels", cancellation);
        return answer.RootElement.GetProperty("channels").EnumerateArray().Where(candidate => candidate.Text("name") == channel).Select(candidate => candidate.Text("channel_id")).FirstOrDefault(channel);
    }

    private static async Task<string> PathAsync(ApiClient api, string channel, CancellationToken cancellation) =>
        $"v1/alert-channels/{Uri.EscapeDataString(await ReadIdAsync(api, channel, cancellation))}";

    private static string Target(JsonElement channel) => Show.OrAll(channel.Text("target"), "team owners");

    private static string State(JsonElement channel) =>
        !channel.GetProperty("enabled").GetBoolean() ? "disabled:" : channel.Text("problem").Length > 0 ? "not working:" : "ready";

    private static string Takes(JsonElement channel)
    {
        var (severity, kinds, teams) = (channel.Text("minimum_severity"), Join(channel, "kinds"), Join(channel, "team_ids"));
        return string.Join(", ", new[] { severity == "info" ? "" : $"{severity} and above", kinds, teams }.Where(part => part.Length > 0)) is { Length: > 0 } some ? some : "all";
    }

    private static string Join(JsonElement channel, string name) => string.Join(" ", channel.GetProperty(name).EnumerateArray().Select(value => value.GetString()));
}
