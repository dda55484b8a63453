using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary><c>kt audit list|verify</c>.</summary>
internal static class AuditCommand
{
    private const string Nanos = "_nanos";

    private static readonly string[] Columns = [">entry", "recorded", "actor", "action", "subject", "before", "after"];

    public static Command Create(KtEnvironment environment) => new("audit", "Who changed what, and when.") { List(environment), Verify(environment) };

    private static Command List(KtEnvironment environment)
    {
        var subject = CommonOptions.Text("--subject", "Only changes of this key, team, user, application or wallet.");
        var actor = CommonOptions.Text("--actor", "Only what this key (key_…) changed.");
        var action = CommonOptions.Text("--action", "Only this action, for example key.revoke; key. stands for all of keys.");
        var from = DateOption.Moment("--from", "From this date or time on.");
        var to = DateOption.Moment("--to", "Before this date or time.");
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
        var subject = entry.Text("subject");
        var (was, now) = (entry.GetProperty("before"), entry.GetProperty("after"));

        // What is removed is kept as it ended; that it did is what the action says.
        var (before, after) = entry.Text("action").EndsWith(".remove", StringComparison.Ordinal) ? (Whole(was, subject), "") : Differences(was, now, subject);
        return [entry.Text("audit_id"), entry.Time("recorded_at"), entry.Text("actor"), entry.Text("action"), subject, before, after];
    }

    /// <summary>Of a change only the fields that differ; of what was made or removed what it is. JSON output has all.</summary>
    private static (string Before, string After) Differences(JsonElement before, JsonElement after, string subject)
    {
        if (before.ValueKind != JsonValueKind.Object || after.ValueKind != JsonValueKind.Object)
        {
            return (Whole(before, subject), Whole(after, subject));
        }

        var names = before.EnumerateObject().Concat(after.EnumerateObject()).Select(field => field.Name).Distinct()
            .Where(name => !IsLeftOut(name) && Field(before, name) != Field(after, name)).ToList();
        string Fields(JsonElement thing) => string.Join(' ', names.Select(name => Field(thing, name)).Where(field => field.Length > 0));
        return (Fields(before), Fields(after));
    }

    /// <summary>Its name, and its other fields but the id that the row has as its subject.</summary>
    private static string Whole(JsonElement thing, string subject) => thing.ValueKind != JsonValueKind.Object ? "" : string.Join(
        ' ',
        thing.EnumerateObject().Where(field => field.Name != "name" && !IsLeftOut(field.Name) && Value(field.Name, field.Value) != subject)
            .Select(field => Field(thing, field.Name)).Prepend(thing.Text("name")).Where(field => field.Length > 0));

    /// <summary>Who and when, which the row says; and what a cap had counted at that moment, and in which period, which nobody changed.</summary>
    private static bool IsLeftOut(string name) => name
        is "created_at" or "changed_at" or "changed_by"
        or "used_nanos" or "settled_nanos" or "left_nanos" or "period_from" or "period_to";

    private static string Field(JsonElement thing, string name) => thing.TryGetProperty(name, out var value) && Value(name, value) is { Length: > 0 } shown
        ? $"{(IsMoney(name) ? name[..^Nanos.Length] : name)}={shown}"
        : "";

    /// <summary>An amount in units of currency, a name out of a list without the list's (of role ROLE_VIEWER viewer), and all else as it is kept.</summary>
    private static string Value(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return value.ValueKind == JsonValueKind.Null ? "" : value.GetRawText();
        }

        var text = value.GetString()!;
        if (IsMoney(name) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var nanos))
        {
            return new Money(nanos).ToString();
        }

        var list = name.ToUpperInvariant() + "_";
        return text.IndexOf(list, StringComparison.Ordinal) is >= 0 and var at && !text.Any(char.IsLower) ? text[(at + list.Length)..].ToLowerInvariant() : text;
    }

    private static bool IsMoney(string name) => name.EndsWith(Nanos, StringComparison.Ordinal);
}
