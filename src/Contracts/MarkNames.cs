namespace Platform.Contracts;

/// <summary>The values of platform.metering.v1.Mark as filters, groupings, answers and files have them.</summary>
public static class MarkNames
{
    /// <summary>The organisation's wallet paid, because the call's own could not.</summary>
    public const string Overflow = "overflow";

    /// <summary>The wallet only observes and would have refused.</summary>
    public const string Observed = "observed";
}
