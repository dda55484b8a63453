namespace Platform.Cli.Reconcile.Bills;

/// <summary>What can be said of cells that only one side has: which of name and model the other side does not know at all, and who has the same figures under another name.</summary>
internal static class UnattributedEvidence
{
    public static IReadOnlyList<(BillCell Cell, Finding Finding)> Add(IReadOnlyList<(BillCell Cell, Finding Finding)> judged, Bill bill)
    {
        var onBill = new Known(judged.Select(pair => pair.Cell).Where(cell => cell.IsOnBill));
        var inRecords = new Known(judged.Select(pair => pair.Cell).Where(cell => cell.IsInRecords));
        var twins = bill.By == BillBy.Model ? [] : Twins(judged.Where(pair => pair.Finding.Outcome == BillOutcome.Unattributed).Select(pair => pair.Cell).ToList());
        return [.. judged.Select(pair => pair.Finding.Outcome == BillOutcome.Unattributed
            ? (pair.Cell, pair.Finding with { Evidence = [Of(pair.Cell, pair.Cell.IsOnBill ? inRecords : onBill, bill, twins)] })
            : pair)];
    }

    private static string Of(BillCell cell, Known others, Bill bill, Dictionary<(bool, string), string> twins)
    {
        if (cell.Bill.IsItem)
        {
            return cell.Bill.Nanos < 0
                ? "The item is no model's tokens, and gives money back: book it (kt usage adjust)."
                : "The item is no model's tokens, so no call through the gateway made it.";
        }

        var nothing = cell.IsOnBill ? "No record of the compared days is of" : "The bill nowhere names";
        var subject = bill.By == BillBy.Project ? "project" : "key";
        var name = cell.Key.Name.Length == 0 ? $"an unnamed {subject}" : $"{subject} '{cell.Key.Name}'";
        if (bill.By != BillBy.Model && !others.Names.Contains(cell.Key.Name))
        {
            return $"{nothing} {name}. {OtherName(cell, twins)}";
        }

        return others.Models.Contains(cell.Key.Model)
            ? $"{nothing} {(bill.By == BillBy.Model ? "" : name + " and ")}model '{cell.Key.Model}' on this day."
            : $"{nothing} model '{cell.Key.Model}'. If it has another name there, say so in --map.";
    }

    private static string OtherName(BillCell cell, Dictionary<(bool OnBill, string Name), string> twins) =>
        twins.TryGetValue((cell.IsOnBill, cell.Key.Name), out var same)
            ? $"All of it has the figures of what {(cell.IsOnBill ? "our records call" : "the bill calls")} '{same}': the same under another name? Say so in --map."
            : cell.IsOnBill ? "Whoever uses it bypasses the gateway, unless it has another name here: then say so in --map."
            : "If it has another name there, say so in --map.";

    // Names whose unattributed cells have, by day and model, the same figures as those of one name of the other side.
    private static Dictionary<(bool OnBill, string Name), string> Twins(List<BillCell> cells)
    {
        var recorded = cells.Where(cell => !cell.IsOnBill).GroupBy(cell => cell.Key.Name)
            .Select(group => (Name: group.Key, Cells: group.ToDictionary(cell => (cell.Key.Day, cell.Key.Model)))).ToList();
        var twins = new Dictionary<(bool, string), string>();
        foreach (var bill in cells.Where(cell => cell.IsOnBill).GroupBy(cell => cell.Key.Name))
        {
            var same = recorded.Where(records => AreSame([.. bill], records.Cells)).ToList();
            if (same.Count == 1)
            {
                twins[(true, bill.Key)] = same[0].Name;
                twins[(false, same[0].Name)] = bill.Key;
            }
        }

        return twins;
    }

    private static bool AreSame(List<BillCell> bill, Dictionary<(DateOnly, string), BillCell> records) =>
        bill.Count == records.Count && bill.All(cell =>
            records.TryGetValue((cell.Key.Day, cell.Key.Model), out var record) && Math.Abs(cell.Bill.Nanos - record.Records.Nanos) <= record.RoundingBound
            && (cell.Bill.Tokens is not { } tokens || tokens.Total == record.Records.Tokens.Total));

    /// <summary>What a side has anywhere.</summary>
    private sealed class Known(IEnumerable<BillCell> cells)
    {
        private readonly List<BillCell> _cells = [.. cells];

        public HashSet<string> Names => field ??= [.. _cells.Select(cell => cell.Key.Name)];

        public HashSet<string> Models => field ??= [.. _cells.Select(cell => cell.Key.Model)];
    }
}
