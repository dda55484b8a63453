namespace Platform.Cli.Reconcile;

/// <summary>In order of precedence.</summary>
internal enum Verdict
{
    /// <summary>Its hold has no end, or it is so young that its posting is still on its way.</summary>
    Open,
    Different,
    Equal,
}

/// <summary>Which legs must agree on an attempt, and whether they do. Pure.</summary>
internal static class ReconciliationDecision
{
    /// <summary>What gives back more than its wallets have spent waits in the ledger for so long, and is then the organisation's (decision 0235).</summary>
    public static readonly TimeSpan GivingBack = TimeSpan.FromHours(1);

    /// <summary>
    /// (1) The legs that can know the attempt: bill, meter, ledger and export for leased calls; meter, ledger and export for external ones; meter and export
    /// for history. (2) All must name the same cost; a leg without rows says zero, so that a failed attempt need not be on the bill. Meter and export
    /// must also have as many rows as each other, because both carry zero-cost records. What is billed in another currency than the organisation's must be metered, and its amount is
    /// compared with none. (3) A disagreement, or a hold without an end, is open while it can still resolve by
    /// itself.
    /// </summary>
    /// <param name="attempt">Sums of its rows.</param>
    /// <param name="hasBill">False when the provider's bill was not read.</param>
    /// <param name="settledBefore">Attempts older than this have had their time to be metered and posted; what is given back, when it is older by <see cref="GivingBack"/>.</param>
    public static Verdict Decide(Attempt attempt, bool hasBill, DateTimeOffset settledBefore)
    {
        if (attempt.OpenHold is not null)
        {
            return Verdict.Open;
        }

        if (Agree(attempt, hasBill))
        {
            return Verdict.Equal;
        }

        return attempt.LatestAt >= (IsGivenBack(attempt) ? settledBefore - GivingBack : settledBefore) && IsUnderWay(attempt) ? Verdict.Open : Verdict.Different;
    }

    // Billed and not yet metered, or metered and not yet posted; or metered after the watermark and posted by a clock that is behind it.
    private static bool IsUnderWay(Attempt attempt) => attempt.Ledger.Rows == 0 || attempt.Ledger.Rows != attempt.Meter.Rows;

    private static bool IsGivenBack(Attempt attempt) => attempt.Meter.Cost.Nanos < 0 && attempt.Ledger.Rows == 0;

    private static bool Agree(Attempt attempt, bool hasBill)
    {
        var meter = attempt.Meter.Cost;
        if (attempt.IsMixed || attempt.Export.Cost != meter || attempt.Export.Rows != attempt.Meter.Rows)
        {
            return false;
        }

        // History touches no wallet: a posting for it is as wrong as a missing one would be for the others.
        if (attempt.Funding == "history")
        {
            return attempt.Ledger.Rows == 0;
        }

        if (attempt.Ledger.Cost != meter)
        {
            return false;
        }

        if (!hasBill || attempt.Funding == "external" || attempt.BilledInGroup)
        {
            return true;
        }

        return attempt.BilledIn.Length > 0 ? attempt.Meter.Rows > 0 : attempt.Bill.Cost == meter;
    }
}
