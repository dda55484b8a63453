using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt audit list|verify</c>.</summary>
internal static class AuditCommand
{
    private static readonly string[] Columns = [">entry", "recorded", "actor", "action", "subject", "before", "after"];

    public static Command Create(KtEnvironment environment) => new("audit", "Who changed what, and when.") { List(environment), Verify(environment) };

    private static Command List(KtEnvironment environment)
    {
        var subject = CommonOptions.Text("--subject", "Only changes of this key, team, user, application or wallet.");
        var actor = CommonOptions.Text("--actor", "Only what this key (key_…) changed.");
        var action = CommonOptions.Text("--action", "Only this action, for example key.revoke; key. stands for all of keys.");
        var from = CommonOptions.Text("--from", "From this date or time on.");
        var to = CommonOptions.Text("--to", "Before this date or time.");
        var page = new PageOptions();
        var output = CommonOptions.Output();
        return new Command("list", "Entries, newest first.").Does(
            async (parsed, cancellation) =>
            {
                TimeOption.CheckRange(parsed, from, to);
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/audit",
                        [
                            ("subject", parsed.GetValue(subject)), ("actor", parsed.GetValue(actor)), ("action", parsed.GetValue(action)),
                            ("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)), .. page.Read(parsed),
                        ]),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns, "records", Row);
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            subject, actor, action, from, to, page.Limit, page.Page, output);
    }

    private static Command Verify(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("verify", "Check that the log was not tampered with.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/audit/verify", cancellation);
                var consistent = answer.RootElement.GetProperty("consistent").GetBoolean();
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () => printer.Facts(
                [
                    ("entries", answer.RootElement.Count("entries")),
                    ("newest hash", answer.RootElement.Text("head_sha256")),
                    ("result", consistent ? "every entry follows from the one before" : answer.RootElement.Text("finding")),
                ]));

                return consistent ? ExitCodes.Ok : ExitCodes.Failed;
            },
            output);
    }

    private static IReadOnlyList<string> Row(JsonElement entry)
    {
        var (before, after) = Differences(entry.GetProperty("before"), entry.GetProperty("after"));
        return [entry.Text("audit_id"), entry.Time("recorded_at"), entry.Text("actor"), entry.Text("action"), entry.Text("subject"), before, after];
    }

    /// <summary>Of a change only the fields that differ; what was made or removed is shown by its name alone. JSON output has all.</summary>
    private static (string Before, string After) Differences(JsonElement before, JsonElement after)
    {
        if (before.ValueKind != JsonValueKind.Object || after.ValueKind != JsonValueKind.Object)
        {
            return (NameOf(before), NameOf(after));
        }

        static string Field(JsonElement thing, string name) => thing.TryGetProperty(name, out var value) ? $"{name}={value}" : "";
        var names = before.EnumerateObject().Concat(after.EnumerateObject()).Select(field => field.Name).Distinct()
            .Where(name => Field(before, name) != Field(after, name)).ToList();
        string Fields(JsonElement thing) => string.Join(' ', names.Select(name => Field(thing, name)).Where(field => field.Length > 0));
        return (Fields(before), Fields(after));
    }

    private static string NameOf(JsonElement thing) => thing.ValueKind == JsonValueKind.Object ? thing.Text("name") : "";
}
