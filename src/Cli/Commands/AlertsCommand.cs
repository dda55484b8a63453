using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt alerts list|show|ack|test</c>; channels and what was given up have files of their own.</summary>
internal static class AlertsCommand
{
    private static readonly string[] Columns = ["alert", "when", "severity", "kind", "team", "title", "sent", "acknowledged"];

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    public static Command Create(KtEnvironment environment) => new("alerts", "What people must hear of, and where it is sent.")
    {
        List(environment), Show(environment), Acknowledge(environment), Test(environment), AlertChannelsCommand.Create(environment), AlertsDeadCommand.Create(environment),
    };

    private static Command List(KtEnvironment environment)
    {
        var kind = CommonOptions.Text("--kind", "Only this kind, such as wallet_low or budget_threshold.");
        var team = CommonOptions.Team();
        var severity = AlertFilterOptions.Severity();
        var all = new Option<bool>("--all") { Description = "Acknowledged ones too." };
        var page = new PageOptions();
        var output = CommonOptions.Output();
        return new Command("list", "Open alerts, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path(
                        "v1/alerts",
                        [
                            ("kind", parsed.GetValue(kind)), ("team_id", parsed.GetValue(team)), ("minimum_severity", parsed.GetValue(severity)),
                            ("all", parsed.GetValue(all) ? "true" : null), .. page.Read(parsed),
                        ]),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns, "alerts", alert =>
                [
                    alert.Text("alert_id"), alert.Time("occurred_at"), alert.Text("severity"), alert.Text("kind"), Team(alert), alert.Text("title"), Sent(alert),
                    alert.Text("acknowledged_by"),
                ]);
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            [kind, team, severity, all, page.Limit, page.Page, output]);
    }

    private static Command Show(KtEnvironment environment)
    {
        var id = Id();
        var output = CommonOptions.Output();
        return new Command("show", "One alert with its figures and deliveries.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(api, parsed.GetValue(output), $"v1/alerts/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation);
                return Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            id, output);
    }

    private static Command Acknowledge(KtEnvironment environment)
    {
        var id = Id();
        var note = CommonOptions.Text("--note", "What is done about it.");
        var output = CommonOptions.Output();
        return new Command("ack", "Say that somebody takes care of it. The first one counts.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    $"v1/alerts/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/acknowledge", body => body.WriteOptional("note", parsed.GetValue(note)), cancellation);
                using var named = await environment.NamedAsync(api, parsed.GetValue(output), answer, cancellation);
                var alert = named.RootElement;
                environment.Answer(
                    parsed.GetValue(output), answer, $"Acknowledged by {alert.Text("acknowledged_by")} at {alert.Time("acknowledged_at")}: {alert.Text("title")}");
                return ExitCodes.Ok;
            },
            id, note, output);
    }

    private static Command Test(KtEnvironment environment)
    {
        var channel = AlertChannelsCommand.Id();
        var team = CommonOptions.Text("--team", "The team that the alert names; needed where mail goes to teams' owners.");
        var wait = NumberOption.Create("--wait", "How many seconds to wait for what becomes of it, 0 to 120.", 0, 120, 30);
        var output = CommonOptions.Output();
        return new Command("test", "Send a message of kind test, which says that nothing is wrong, to one channel and wait for what becomes of it. It counts as no alert. Exit code 1: it has not arrived.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var id = await AlertChannelsCommand.ReadIdAsync(api, parsed.GetRequiredValue(channel), cancellation);
                using var answer = await api.PostAsync(
                    "v1/alerts/test",
                    body =>
                    {
                        body.WriteString("channel_id", id);
                        body.WriteOptional("team_id", parsed.GetValue(team));
                    },
                    cancellation);
                TellOfTest(environment, answer.RootElement);
                using var ended = await WaitAsync(api, answer.RootElement.Text("alert_id"), TimeSpan.FromSeconds(parsed.GetValue(wait)), cancellation);
                using var named = await environment.NamedAsync(api, parsed.GetValue(output), ended, cancellation);
                Print(environment, parsed.GetValue(output), named.RootElement);
                return ended.RootElement.GetProperty("deliveries").EnumerateArray().All(delivery => delivery.Text("state") == "delivered")
                    ? ExitCodes.Ok : ExitCodes.Failed;
            },
            channel, team, wait, output);
    }

    /// <summary>Before the wait: who gets it wonders what it is, and who sent it what it leaves behind.</summary>
    private static void TellOfTest(KtEnvironment environment, JsonElement test)
    {
        var channels = string.Join(", ", test.GetProperty("deliveries").EnumerateArray().Select(delivery => delivery.Text("channel_name")));
        environment.Error.WriteLine($"On its way to {channels}: “{test.Text("title")}. {test.Text("summary")}” A test is acknowledged from its beginning: no list of open alerts and no review counts it.");
    }

    /// <summary>The alert when its attempts have ended well or badly, or as it stands when the time is over.</summary>
    private static async Task<JsonDocument> WaitAsync(ApiClient api, string alertId, TimeSpan wait, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var alert = await api.GetAsync($"v1/alerts/{Uri.EscapeDataString(alertId)}", cancellation);
            var isOpen = alert.RootElement.GetProperty("deliveries").EnumerateArray().Any(delivery => delivery.Text("state") == "pending" && delivery.Text("last_error").Length == 0);
            if (!isOpen || Stopwatch.GetElapsedTime(started) >= wait)
            {
                return alert;
            }

            alert.Dispose();
            await Task.Delay(Poll, cancellation);
        }
    }

    private static Argument<string> Id() => new("alert") { Description = "The alert's id, as the list says." };

    private static int Print(KtEnvironment environment, OutputFormat format, JsonElement alert)
    {
        var printer = environment.Printer(format);
        if (printer.IsJson)
        {
            printer.Json(alert);
            return ExitCodes.Ok;
        }

        printer.Facts(
        [
            ("alert", alert.Text("alert_id")),
            ("title", alert.Text("title")),
            ("summary", alert.Text("summary")),
            ("severity", alert.Text("severity")),
            ("kind", alert.Text("kind")),
            ("team", Team(alert)),
            ("subject", alert.Text("subject")),
            .. alert.GetProperty("figures").EnumerateArray().Select(figure =>
                (figure.Text("name").Replace('_', ' '), $"{figure.Text("value")} {figure.Text("unit")}".TrimEnd())),
            ("period", alert.Text("period_from").Length == 0 ? "–" : $"{alert.Time("period_from")} to {alert.Time("period_to")} (exclusive)"),
            ("when", alert.Time("occurred_at")),
            ("acknowledged", alert.Text("acknowledged_by").Length == 0
                ? "no" : $"{alert.Time("acknowledged_at")} by {alert.Text("acknowledged_by")} {alert.Text("acknowledged_note")}".TrimEnd()),
        ]);
        printer.List(AlertsDeadCommand.Columns, alert.GetProperty("deliveries").EnumerateArray().Select(AlertsDeadCommand.Row));
        return ExitCodes.Ok;
    }

    private static string Team(JsonElement alert) => Output.Show.OrAll(alert.Text("team_id"), "–");

    /// <summary>How many deliveries are done, for example 2/3, and how many were given up.</summary>
    private static string Sent(JsonElement alert)
    {
        var states = alert.GetProperty("deliveries").EnumerateArray().Select(delivery => delivery.Text("state")).ToList();
        var dead = states.Count(state => state == "dead");
        return states.Count == 0 ? "–" : $"{states.Count(state => state == "delivered")}/{states.Count}{(dead == 0 ? "" : $", {dead} dead")}";
    }
}
