using Platform.Contracts;

namespace Platform.Cli.Reconcile;

/// <summary>Sums of the four legs, over all or over one group.</summary>
internal sealed record LegSums(string Name, LegSum Bill, LegSum Meter, LegSum Ledger, LegSum Export)
{
    public static LegSums Of(string name, IEnumerable<Attempt> attempts)
    {
        LegSum bill = default, meter = default, ledger = default, export = default;
        foreach (var attempt in attempts)
        {
            bill = Plus(bill, attempt.Bill);
            meter = Plus(meter, attempt.Meter);
            ledger = Plus(ledger, attempt.Ledger);
            export = Plus(export, attempt.Export);
        }

        return new LegSums(name, bill, meter, ledger, export);
    }

    private static LegSum Plus(LegSum left, LegSum right) => new(left.Rows + right.Rows, left.Cost + right.Cost);
}

/// <summary>The outcome of one reconciliation at one watermark.</summary>
internal sealed record Reconciliation(
    DateTimeOffset From, DateTimeOffset To, DateTimeOffset Watermark, bool HasBill, IReadOnlyList<LegSums> Classes, IReadOnlyList<LegSums> Teams,
    IReadOnlyList<LegSums> Models, int Attempts, IReadOnlyList<Attempt> Different, IReadOnlyList<Attempt> Open, IReadOnlyList<BillGroup> Groups, int Unpriced)
{
    /// <summary>Why legs that agree have different numbers of rows.</summary>
    public IReadOnlyList<string> RowNotes { get; init; } = [];

    /// <summary>The organisation's currency, which all sums are in; empty: not known.</summary>
    public string Currency { get; init; } = "";

    /// <summary>Other currencies that the bill has amounts in, which are in no sum and compared with nothing.</summary>
    public IReadOnlyList<string> OtherCurrencies { get; init; } = [];

    /// <summary>Between metering and posting lie an outbox, a broker and an inbox; under load and after a restart they take this long at most.</summary>
    public static readonly TimeSpan SettleWindow = TimeSpan.FromSeconds(60);

    public int ExitCode => Different.Count > 0 || Groups.Any(group => !group.Agrees) ? ExitCodes.Failed : Open.Count > 0 ? ExitCodes.StillOpen : ExitCodes.Ok;

    public static Reconciliation Conclude(
        AttemptBook book, DateTimeOffset from, DateTimeOffset to, DateTimeOffset watermark, bool hasBill, int unpriced)
    {
        var (attempts, groups) = book.Close();
        var verdicts = attempts.ToLookup(attempt => ReconciliationDecision.Decide(attempt, hasBill, watermark - SettleWindow));
        return new Reconciliation(
            from, to, watermark, hasBill, Group(attempts, attempt => attempt.Funding.Length == 0 ? "unknown" : attempt.Funding),
            Group(attempts, attempt => attempt.TeamId), Group(attempts, attempt => attempt.Model), attempts.Count, [.. verdicts[Verdict.Different]],
            [.. verdicts[Verdict.Open]], groups, unpriced)
        {
            Currency = book.Currency,
            OtherCurrencies = [.. attempts.Select(attempt => attempt.BilledIn).Concat(groups.Select(group => group.BilledIn)).Where(other => other.Length > 0).Distinct().Order(StringComparer.Ordinal)],
            RowNotes = [.. Cli.Reconcile.RowNotes.Of([.. verdicts[Verdict.Equal]], hasBill)],
        };
    }

    /// <summary>How many attempts are open if the export, which is not read yet, says the same as the meter.</summary>
    public static int CountOpenWithoutExport(AttemptBook book, DateTimeOffset watermark, bool hasBill)
    {
        var open = 0;
        foreach (var attempt in book.Close().Attempts)
        {
            attempt.Export = attempt.Meter;
            open += ReconciliationDecision.Decide(attempt, hasBill, watermark - SettleWindow) == Verdict.Open ? 1 : 0;
            attempt.Export = default;
        }

        return open;
    }

    private static List<LegSums> Group(IReadOnlyList<Attempt> attempts, Func<Attempt, string> by) =>
        [.. attempts.GroupBy(by).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => LegSums.Of(group.Key.Length == 0 ? "–" : group.Key, group))];
}
