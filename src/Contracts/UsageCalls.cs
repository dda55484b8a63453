using Platform.Contracts.Metering.V1;

namespace Platform.Contracts;

/// <summary>How many calls usage stands for: what spend, exports and lists count.</summary>
public static class UsageCalls
{
    /// <summary>Those that it says (an import's record may stand for many, and what takes it back for as many less); else one, and of a correction and of money without tokens none.</summary>
    public static long Of(UsageEvent usage) => usage.Requests != 0 ? usage.Requests : usage.CorrectsRecordId.Length == 0 && !usage.HasAdjustmentNanos ? 1 : 0;
}
