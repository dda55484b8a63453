using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Cli.ProviderFiles;
using Platform.Cli.Reconcile.Bills;

namespace Platform.Cli.Tests.Bills;

/// <summary>Pages beside records, compared as the command does, without the command.</summary>
internal static class BillCase
{
    public static BillReconciliation Compare(
        IEnumerable<JsonObject> pages, IEnumerable<Call> calls, BillMapping? mapping = null, BillTolerance? tolerance = null, IReadOnlyList<OpenAttempt>? open = null, BillBy by = BillBy.Auto,
        Action<Call, JsonObject>? change = null)
    {
        var bill = new Bill(Read([.. pages]), by);
        var book = new RecordBook(bill.By, bill.HasModels, mapping ?? BillMapping.None);
        foreach (var call in calls.OrderBy(call => call.Attempt, StringComparer.Ordinal))
        {
            var record = call.Record();
            change?.Invoke(call, record);
            book.Add(JsonSerializer.SerializeToElement(record));
        }

        return BillReconciliation.Conclude("openai", bill, bill.Days, book.Close(), open ?? [], mapping ?? BillMapping.None, tolerance ?? BillTolerance.Rounding, RunningKt.Now);
    }

    /// <summary>One line a cell: day, name, model, outcome and cause.</summary>
    public static string[] Lines(BillReconciliation reconciliation) =>
        [.. reconciliation.Cells.Select(pair =>
            $"{pair.Cell.Key.Day:MM-dd} {pair.Cell.Key.Name} {pair.Cell.Key.Model} {BillSummary.Name(pair.Finding, pair.Cell)}{(pair.Finding.Cause is { } cause ? " " + BillText.Name(cause) : "")}")];

    public static ProviderFile Read(params JsonNode[] pages)
    {
        using var files = new TemporaryFiles();
        return ProviderFile.Read([.. pages.Select(page => files.Add(page.ToJsonString()))]);
    }
}
