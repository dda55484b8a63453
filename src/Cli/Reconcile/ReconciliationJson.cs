using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;

namespace Platform.Cli.Reconcile;

/// <summary>A reconciliation for machines. Amounts are decimal text with nine places, so that nothing is lost in a reader's floating point.</summary>
internal static class ReconciliationJson
{
    public static byte[] Write(Reconciliation reconciliation)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("outcome", reconciliation.ExitCode switch { ExitCodes.Ok => "equal", ExitCodes.StillOpen => "open", _ => "different" });
            json.WriteString("from", Time(reconciliation.From));
            json.WriteString("to", Time(reconciliation.To));
            json.WriteString("watermark", Time(reconciliation.Watermark));
            json.WriteBoolean("bill_read", reconciliation.HasBill);
            json.WriteString("currency", reconciliation.Currency);
            json.WriteString("not_compared_currencies", string.Join(',', reconciliation.OtherCurrencies));
            json.WriteNumber("attempts", reconciliation.Attempts);
            json.WriteNumber("unpriced", reconciliation.Unpriced);
            Groups(json, "by_funding", "funding", reconciliation.Classes);
            Groups(json, "by_team", "team", reconciliation.Teams);
            Groups(json, "by_model", "model", reconciliation.Models);
            json.WriteNumber("different_count", reconciliation.Different.Count);
            Attempts(json, "different", reconciliation.Different);
            json.WriteNumber("open_count", reconciliation.Open.Count);
            Attempts(json, "open", reconciliation.Open);
            BillGroups(json, reconciliation.Groups);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Groups(Utf8JsonWriter json, string name, string key, IReadOnlyList<LegSums> groups)
    {
        json.WriteStartArray(name);
        foreach (var group in groups)
        {
            json.WriteStartObject();
            json.WriteString(key, group.Name);
            Leg(json, "bill", group.Bill);
            Leg(json, "meter", group.Meter);
            Leg(json, "ledger", group.Ledger);
            Leg(json, "export", group.Export);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Attempts(Utf8JsonWriter json, string name, IReadOnlyList<Attempt> attempts)
    {
        json.WriteStartArray(name);
        foreach (var attempt in attempts.Take(ReconciliationPrinter.ListLimit))
        {
            json.WriteStartObject();
            json.WriteString("attempt_id", attempt.AttemptId);
            json.WriteString("team_id", attempt.TeamId);
            json.WriteString("model", attempt.Model);
            json.WriteString("funding", attempt.Funding);
            json.WriteString("occurred_at", Time(attempt.OccurredAt));
            Leg(json, "bill", attempt.Bill);
            Leg(json, "meter", attempt.Meter);
            Leg(json, "ledger", attempt.Ledger);
            Leg(json, "export", attempt.Export);
            json.WriteOptional("billed_in", attempt.BilledIn);
            json.WriteOptional("hold", attempt.OpenHold);
            json.WriteOptional("reason", attempt.HoldReason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void BillGroups(Utf8JsonWriter json, IReadOnlyList<BillGroup> groups)
    {
        json.WriteStartArray("bill_groups");
        foreach (var group in groups)
        {
            json.WriteStartObject();
            json.WriteString("day", group.Key.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            json.WriteString("upstream_key", group.Key.UpstreamKey);
            json.WriteString("model", group.Key.Model);
            Leg(json, "bill", group.Bill);
            Leg(json, "meter", group.Meter);
            json.WriteString("tolerance", group.Tolerance.ToFixedString());
            json.WriteOptional("billed_in", group.BilledIn);
            json.WriteBoolean("agrees", group.Agrees);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Leg(Utf8JsonWriter json, string name, LegSum sum)
    {
        json.WriteStartObject(name);
        json.WriteNumber("rows", sum.Rows);
        json.WriteString("cost", sum.Cost.ToFixedString());
        json.WriteEndObject();
    }

    private static string Time(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
