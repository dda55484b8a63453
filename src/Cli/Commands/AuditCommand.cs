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
    private const string Name = "name";

    private static readonly string[] Columns = [">entry", "recorded", "actor", "action", "subject", "change"];

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
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
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
        var (before, after) = (entry.GetProperty("before"), entry.GetProperty("after"));
        var (was, now) = (Fields(before), Fields(after));

        // What is removed is kept as it ended; that it did is what the action says. A thing of which everything is as it is without saying has no fields, and is there all the same.
        var change = before.ValueKind != JsonValueKind.Object ? Whole(now, subject)
            : after.ValueKind != JsonValueKind.Object || entry.Text("action").EndsWith(".remove", StringComparison.Ordinal) ? Whole(was, subject)
            : Differences(was, now);
        return [entry.Text("audit_id"), entry.Time("recorded_at"), entry.Text("actor"), entry.Text("action"), subject, change];
    }

    /// <summary>Of a change only the fields that differ, as they were and as they are. JSON output has all.</summary>
    private static string Differences(Dictionary<string, string> was, Dictionary<string, string> now) => string.Join(
        ", ",
        was.Keys.Concat(now.Keys).Distinct().Select(name => (Name: name, Was: was.GetValueOrDefault(name, ""), Now: now.GetValueOrDefault(name, "")))
            .Where(field => !IsLeftOut(field.Name) && field.Was != field.Now)
            .Select(field => $"{field.Name} {Show.OrAll(field.Was, "–")} → {Show.OrAll(field.Now, "–")}"));

    /// <summary>Of what was made or removed its name, and its other fields but those that the row's subject says.</summary>
    private static string Whole(Dictionary<string, string> thing, string subject) => string.Join(
        ' ',
        thing.Where(field => field.Key != Name && !IsLeftOut(field.Key) && !IsOfThing(field.Key, thing.Count) && !IsSaid(field.Value, subject))
            .Select(field => $"{field.Key}={field.Value}").Prepend(thing.GetValueOrDefault(Name, "")).Where(text => text.Length > 0));

    /// <summary>Whether an id says a value: wal_team_a.user.ann is of team_a and ann.</summary>
    private static bool IsSaid(string value, string subject) => value.Length == 0 || value == subject || subject.Split('.').Any(part => part == value || part == $"wal_{value}");

    /// <summary>Its fields that have a value, those of an object within it by their own names.</summary>
    private static Dictionary<string, string> Fields(JsonElement thing)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (thing.ValueKind != JsonValueKind.Object)
        {
            return fields;
        }

        foreach (var field in thing.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var (name, value) in Fields(field.Value))
                {
                    fields[name] = value;
                }
            }
            else if (Value(field.Name, field.Value) is { Length: > 0 } value)
            {
                fields[IsMoney(field.Name) ? field.Name[..^Nanos.Length] : field.Name] = value;
            }
        }

        return fields;
    }

    /// <summary>Who and when, which the row says; and what a cap had counted at that moment, and in which period, which nobody changed.</summary>
    private static bool IsLeftOut(string name) => name
        is "created_at" or "changed_at" or "changed_by"
        or "used" or "settled" or "left" or "period_from" or "period_to";

    /// <summary>What follows of what was made, and nobody chose: how a wallet stands and what is above it, and the one currency that there is, but of the organisation, of which nothing else is said.</summary>
    private static bool IsOfThing(string name, int fields) => name is "status" or "parent_id" || (name == "currency" && fields > 1);

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
            return new Money(nanos).ToExactString();
        }

        var list = name.ToUpperInvariant() + "_";
        return text.IndexOf(list, StringComparison.Ordinal) is >= 0 and var at && !text.Any(char.IsLower) ? text[(at + list.Length)..].ToLowerInvariant() : text;
    }

    private static bool IsMoney(string name) => name.EndsWith(Nanos, StringComparison.Ordinal);
}
