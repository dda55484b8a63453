using System.Text.Json;
using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>A compared bill for machines: all cells. Amounts are decimal text with nine places or more; what a side does not know is left out.</summary>
internal static class BillReconciliationJson
{
    public static byte[] Write(BillReconciliation reconciliation)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("outcome", reconciliation.ExitCode switch { ExitCodes.Ok => "equal", ExitCodes.StillOpen => "open", _ when reconciliation.Cells.All(pair => pair.Finding.Outcome == BillOutcome.Matched) => "incomplete", _ => "different" });
            json.WriteString("provider", reconciliation.Provider);
            json.WriteString("by", BillText.Name(reconciliation.By));
            json.WriteString("first_day", BillText.Day(reconciliation.Days.First()));
            json.WriteString("last_day", BillText.Day(reconciliation.Days.Last()));
            json.WriteNumber("days", reconciliation.Days.Count);
            Days(json, "days_not_covered", reconciliation.NotCovered);
            Days(json, "days_covered_in_part", reconciliation.InPart);
            json.WriteString("watermark", BillText.Time(reconciliation.Watermark));
            json.WriteString("bill_currency", string.Join(',', reconciliation.Currencies));
            json.WriteString("currency", reconciliation.RecordCurrency);
            json.WriteStartObject("totals");
            foreach (var (name, totals) in BillSummary.Of(reconciliation))
            {
                Totals(json, name, totals, reconciliation.HasCosts);
            }

            json.WriteEndObject();
            json.WriteStartArray("cells");
            foreach (var (cell, finding) in reconciliation.Cells)
            {
                Cell(json, cell, finding, reconciliation);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Totals(Utf8JsonWriter json, string name, BillTotals totals, bool hasCosts)
    {
        json.WriteStartObject(name);
        json.WriteNumber("cells", totals.Cells);
        if (hasCosts)
        {
            json.WriteString("bill_cost", BillText.Units(totals.BillNanos));
        }

        json.WriteString("record_cost", BillText.Units(totals.RecordNanos));
        json.WriteNumber("bill_tokens", totals.BillTokens);
        json.WriteNumber("record_tokens", totals.RecordTokens);
        json.WriteEndObject();
    }

    private static void Cell(Utf8JsonWriter json, BillCell cell, Finding finding, BillReconciliation reconciliation)
    {
        json.WriteStartObject();
        json.WriteString("day", BillText.Day(cell.Key.Day));
        if (reconciliation.By != BillBy.Model)
        {
            json.WriteString(BillText.Name(reconciliation.By), cell.Key.Name);
        }

        if (reconciliation.HasModels)
        {
            json.WriteString("model", cell.Key.Model);
        }

        json.WriteString("outcome", BillSummary.Name(finding, cell));
        if (finding.Cause is { } cause)
        {
            json.WriteString("cause", BillText.Name(cause));
        }

        Bill(json, cell, reconciliation.HasCosts);
        Records(json, cell);
        if (reconciliation.HasCosts && reconciliation.HasOneCurrency)
        {
            json.WriteString("difference", BillText.Units(cell.CostGap));
        }

        Evidence(json, finding);
        json.WriteEndObject();
    }

    private static void Bill(Utf8JsonWriter json, BillCell cell, bool hasCosts)
    {
        json.WriteStartObject("bill");
        json.WriteNumber("rows", cell.Bill.Rows);
        if (hasCosts)
        {
            json.WriteString("cost", BillText.Units(cell.Bill.Nanos));
        }

        if (cell.Bill.Requests is { } requests)
        {
            json.WriteNumber("requests", requests);
        }

        if (cell.Bill.Tokens is { } tokens)
        {
            Tokens(json, tokens);
        }

        json.WriteEndObject();
    }

    private static void Records(Utf8JsonWriter json, BillCell cell)
    {
        json.WriteStartObject("records");
        json.WriteNumber("rows", cell.Records.Records);
        json.WriteString("cost", BillText.Units(cell.Records.Nanos));
        json.WriteNumber("requests", cell.Records.Requests);
        Tokens(json, cell.Records.Tokens);
        json.WriteNumber("unpriced", cell.Records.Unpriced);
        json.WriteStartArray("price_ids");
        foreach (var price in cell.Records.PriceIds)
        {
            json.WriteNumberValue(price);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Tokens(Utf8JsonWriter json, TokenCounts tokens)
    {
        json.WriteStartObject("tokens");
        foreach (var kind in TokenCounts.Kinds)
        {
            json.WriteNumber(BillText.Name(kind), tokens[kind]);
        }

        json.WriteEndObject();
    }

    private static void Days(Utf8JsonWriter json, string name, IReadOnlyList<DateOnly> days)
    {
        json.WriteStartArray(name);
        foreach (var day in days)
        {
            json.WriteStringValue(BillText.Day(day));
        }

        json.WriteEndArray();
    }

    private static void Evidence(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartArray("evidence");
        foreach (var sentence in finding.Evidence)
        {
            json.WriteStringValue(sentence);
        }

        json.WriteEndArray();
        if (finding.OpenAttempts.Count == 0)
        {
            return;
        }

        json.WriteStartArray("open_attempts");
        foreach (var attempt in finding.OpenAttempts)
        {
            json.WriteStartObject();
            json.WriteString("attempt_id", attempt.AttemptId);
            json.WriteString("state", attempt.State);
            json.WriteString("reason", attempt.Reason);
            json.WriteString("reserved", attempt.Reserved.ToFixedString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
