using System.Globalization;
using Platform.Cli.Output;

namespace Platform.Cli.Reconcile;

/// <summary>A reconciliation for people: each leg's count and sum to nine places, subtotals, and what differs or is open, bounded with totals.</summary>
internal static class ReconciliationPrinter
{
    public const int ListLimit = 20;
    private static readonly string[] SumColumns = ["", ">bill rows", ">bill", ">meter rows", ">meter", ">ledger rows", ">ledger", ">export rows", ">export"];
    private static readonly string[] AttemptColumns = ["attempt", "team", "model", "funding", "occurred", ">bill", ">meter", ">ledger", ">export", "hold"];

    public static void Print(Printer printer, Reconciliation reconciliation)
    {
        printer.Line($"Four-way check of {Time(reconciliation.From)} to {Time(reconciliation.To)} at watermark {Time(reconciliation.Watermark)}");
        if (!reconciliation.HasBill)
        {
            printer.Line("The provider's bill was NOT read (set KEEPTRUSTS_INVOICE_URL or --invoice): only three legs are compared.");
        }

        if (reconciliation.OtherCurrencies.Count > 0)
        {
            printer.Line(
                $"The bill has amounts in {string.Join(", ", reconciliation.OtherCurrencies)}, the records are in {reconciliation.Currency}: those amounts are compared with nothing and in no sum; which calls the bill names is compared.");
        }

        printer.Table(["funding", .. SumColumns[1..]], reconciliation.Classes.Select(Sums));
        printer.Table(["team", .. SumColumns[1..]], reconciliation.Teams.Select(Sums));
        printer.Table(["model", .. SumColumns[1..]], reconciliation.Models.Select(Sums));
        foreach (var group in reconciliation.Groups)
        {
            printer.Line(
                $"{group.Key.Day:yyyy-MM-dd} key …{group.Key.UpstreamKey} {group.Key.Model}, billed without attempt ids: bill {(group.IsCompared ? group.Bill.Cost.ToFixedString() : $"in {group.BilledIn}")} " +
                $"({group.Bill.Rows}), meter {group.Meter.Cost.ToFixedString()} ({group.Meter.Rows}), {Judgement(group)}");
        }

        List(printer, "different", reconciliation.Different);
        List(printer, "open", reconciliation.Open);
        if (reconciliation.Unpriced > 0)
        {
            printer.Line($"{Show.Counted(reconciliation.Unpriced, "record")} without a price (kt prices unpriced), in every leg as zero until a correction prices what has none.");
        }

        printer.Line(Conclusion(reconciliation));
        if (reconciliation.RowNotes.Count > 0)
        {
            printer.Line($"Of the attempts that agree: {string.Join("; ", reconciliation.RowNotes)}. So legs may have different numbers of rows, and the same sums.");
        }
    }

    private static void List(Printer printer, string name, IReadOnlyList<Attempt> attempts)
    {
        if (attempts.Count == 0)
        {
            return;
        }

        printer.Line(string.Create(CultureInfo.InvariantCulture, $"{attempts.Count:#,##0} {name}{(attempts.Count > ListLimit ? $", the first {ListLimit}" : "")}:"));
        printer.Table(AttemptColumns, attempts.Take(ListLimit).Select(attempt => (IReadOnlyList<string>)
        [
            attempt.AttemptId, attempt.TeamId, attempt.Model, attempt.Funding, Time(attempt.OccurredAt), attempt.BilledIn.Length > 0 ? $"in {attempt.BilledIn}" : Leg(attempt.Bill), Leg(attempt.Meter), Leg(attempt.Ledger),
            Leg(attempt.Export), attempt.OpenHold is null ? "" : attempt.HoldReason.Length == 0 ? attempt.OpenHold : $"{attempt.OpenHold}: {attempt.HoldReason}",
        ]));
    }

    private static string Judgement(BillGroup group) => (group.IsCompared, group.Agrees) switch
    {
        (true, true) => $"tolerance {group.Tolerance.ToFixedString()}: agrees",
        (true, false) => $"tolerance {group.Tolerance.ToFixedString()}: DIFFERENT",
        (false, true) => "amounts not compared",
        (false, false) => "without any call of ours: DIFFERENT",
    };

    private static string Conclusion(Reconciliation reconciliation) => reconciliation.ExitCode switch
    {
        ExitCodes.Ok => $"EQUAL: {Show.Counted(reconciliation.Attempts, "attempt")} {(reconciliation.Attempts == 1 ? "agrees" : "agree")} to the last digit{(reconciliation.OtherCurrencies.Count > 0 ? ", but for the bill's amounts in another currency" : "")}.",
        ExitCodes.StillOpen => $"OPEN: nothing differs; {Show.Counted(reconciliation.Open.Count, "attempt")} in flight, in suspense or not yet posted.",
        _ => $"DIFFERENT: {Show.Counted(reconciliation.Different.Count, "attempt")} and {Show.Counted(reconciliation.Groups.Count(group => !group.Agrees), "billed group")} do not agree.",
    };

    private static IReadOnlyList<string> Sums(LegSums sums) =>
    [
        sums.Name, Count(sums.Bill), Cost(sums.Bill), Count(sums.Meter), Cost(sums.Meter), Count(sums.Ledger), Cost(sums.Ledger), Count(sums.Export), Cost(sums.Export),
    ];

    private static string Leg(LegSum sum) => sum.Rows == 0 ? "–" : sum.Cost.ToFixedString();

    private static string Cost(LegSum sum) => sum.Cost.ToFixedString();

    private static string Count(LegSum sum) => Number(sum.Rows);

    private static string Number(long count) => count.ToString("#,##0", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
