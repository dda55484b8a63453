namespace Platform.Cli.Reconcile.Bills;

/// <summary>A bill's outcomes by name, each with the sums of its cells.</summary>
internal static class BillSummary
{
    private const string Matched = "matched";
    private const string Drift = "drift";
    private const string UnattributedOnBill = "unattributed_on_bill";
    private const string UnattributedInRecords = "unattributed_in_records";

    public static string Name(Finding finding, BillCell cell) => finding.Outcome switch
    {
        BillOutcome.Matched => Matched,
        BillOutcome.Drift => Drift,
        BillOutcome.Unattributed => cell.IsOnBill ? UnattributedOnBill : UnattributedInRecords,
    };

    public static IEnumerable<(string Name, BillTotals Totals)> Of(BillReconciliation reconciliation)
    {
        foreach (var name in new[] { Matched, Drift, UnattributedOnBill, UnattributedInRecords })
        {
            yield return (name, reconciliation.Totals((finding, cell) => Name(finding, cell) == name));
        }

        yield return ("all", reconciliation.Totals((_, _) => true));
    }
}
