namespace Platform.Cli.Reconcile.Bills;

internal enum BillOutcome
{
    Matched,
    Drift,
    Unattributed,
}

/// <summary>Why a cell differs, most likely; in order of precedence.</summary>
internal enum DriftCause
{
    /// <summary>The bill is in another currency than the records.</summary>
    Currency,

    /// <summary>Not more than rounding explains: ours of each call's figures, or the bill's to its last place.</summary>
    Rounding,

    /// <summary>The bill gives back another amount than the records do.</summary>
    Credit,

    /// <summary>The bill's usage has tokens whose costs it does not state.</summary>
    MissingCosts,

    /// <summary>Records wait for a price, and the bill does not.</summary>
    Unpriced,

    /// <summary>Calls near midnight that the provider's clock places on the other day.</summary>
    DayEdge,

    /// <summary>Attempts without an end, in flight or in suspense, whose bounds cover the difference.</summary>
    OpenAttempts,

    /// <summary>The bill has more tokens than the records.</summary>
    MissingAttempts,

    /// <summary>The bill has fewer tokens than the records.</summary>
    UnbilledAttempts,

    /// <summary>As many tokens, but of other kinds.</summary>
    TokenKinds,

    /// <summary>The same share off everywhere.</summary>
    Discount,

    /// <summary>The same tokens at another price.</summary>
    Price,

    Unexplained,
}

/// <summary>What became of a cell, and what speaks for it.</summary>
/// <param name="Cause">Of a drift; else null.</param>
/// <param name="Evidence">Sentences for people, figures in them exact.</param>
/// <param name="OpenAttempts">Those of the cell's day and model, where the bill has more than the records.</param>
internal sealed record Finding(BillOutcome Outcome, DriftCause? Cause, IReadOnlyList<string> Evidence, IReadOnlyList<OpenAttempt> OpenAttempts)
{
    public static readonly Finding Matched = new(BillOutcome.Matched, null, [], []);
}
