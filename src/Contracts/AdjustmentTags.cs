namespace Platform.Contracts;

/// <summary>The tags in which money without tokens says what it is.</summary>
public static class AdjustmentTags
{
    /// <summary>The credit note, invoice or ticket that it is of.</summary>
    public const string Reference = "reference";

    /// <summary>Why it was given or charged, in somebody's words.</summary>
    public const string Reason = "reason";
}
