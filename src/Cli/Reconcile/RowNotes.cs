using System.Globalization;

namespace Platform.Cli.Reconcile;

/// <summary>
/// Why legs that agree to the last digit have different numbers of rows: what costs nothing need not be billed or posted, and a leg that cannot know an attempt has no row
/// of it. Pure.
/// </summary>
internal static class RowNotes
{
    /// <param name="equal">Attempts that agree.</param>
    public static IEnumerable<string> Of(IReadOnlyList<Attempt> equal, bool hasBill)
    {
        var metered = equal.Where(attempt => attempt.Meter.Rows > 0).ToList();
        (string Note, Func<Attempt, bool> Has)[] notes =
        [
            ("cost nothing, and stand on no bill", attempt => hasBill && IsBilled(attempt) && attempt.Bill.Rows == 0 && attempt.BilledIn.Length == 0),
            ("cost nothing, and have no row in the ledger", attempt => attempt.Funding != "history" && attempt.Ledger.Rows == 0),
            ("have corrections, which meter and export carry as rows of their own", attempt => attempt.Meter.Rows > 1),
            ("were billed without attempt ids, and are compared by day, key and model", attempt => hasBill && attempt.BilledInGroup),
            ("are billed in another currency, so their amounts on the bill are compared with nothing", attempt => hasBill && attempt.BilledIn.Length > 0),
            ("were made elsewhere, and stand on no bill of the gateway's", attempt => hasBill && attempt.Funding == "external"),
            ("are of before (imported): neither on the bill nor in the ledger", attempt => attempt.Funding == "history"),
        ];
        return notes.Select(note => (note.Note, Count: metered.Count(note.Has))).Where(note => note.Count > 0).Select(note => string.Create(CultureInfo.InvariantCulture, $"{note.Count:#,##0} {note.Note}"));
    }

    private static bool IsBilled(Attempt attempt) => attempt.Funding is not ("external" or "history") && !attempt.BilledInGroup;
}
