namespace Platform.Forecast.Segments;

/// <param name="CostNanos">Corrections included, unpriced calls not.</param>
/// <param name="Calls">Priced or not.</param>
/// <param name="Compared">What calls would have cost elsewhere.</param>
/// <param name="DeniedCalls">Refused, and so in no other figure.</param>
/// <param name="DeniedNanos">The bounds that were asked for refused calls.</param>
/// <param name="UnfundedNanos">Of these, of calls that were refused because no money was there.</param>
internal readonly record struct SegmentDay(
    long CostNanos, long Calls, long UnpricedCalls, long InputTokens, long OutputTokens, long FallbackCalls = 0, ComparedCosts Compared = default,
    long DeniedCalls = 0, long DeniedNanos = 0, long UnfundedNanos = 0)
{
    public long Tokens => InputTokens + OutputTokens;

    public static SegmentDay operator -(SegmentDay left, SegmentDay right) => new(
        left.CostNanos - right.CostNanos, left.Calls - right.Calls, left.UnpricedCalls - right.UnpricedCalls, left.InputTokens - right.InputTokens,
        left.OutputTokens - right.OutputTokens, left.FallbackCalls - right.FallbackCalls, left.Compared - right.Compared,
        left.DeniedCalls - right.DeniedCalls, left.DeniedNanos - right.DeniedNanos,
        left.UnfundedNanos - right.UnfundedNanos);

    public static SegmentDay operator +(SegmentDay left, SegmentDay right) => new(
        left.CostNanos + right.CostNanos, left.Calls + right.Calls, left.UnpricedCalls + right.UnpricedCalls, left.InputTokens + right.InputTokens,
        left.OutputTokens + right.OutputTokens, left.FallbackCalls + right.FallbackCalls, left.Compared + right.Compared,
        left.DeniedCalls + right.DeniedCalls, left.DeniedNanos + right.DeniedNanos,
        left.UnfundedNanos + right.UnfundedNanos);
}

/// <summary>
/// Sums over the calls that know of another price, beside what those calls did cost, in nano-units: at the first choice of calls that fell back, at the default, under rules in shadow mode;
/// what routing saved is that of the first choice, so that no call's fallback counts twice;
/// and the bounds of calls that were drawn from leases.
/// </summary>
internal readonly record struct ComparedCosts(
    long FellBackNanos, long FellBackPrimaryNanos, long RoutedNanos, long RoutedDefaultNanos, long ShadowedNanos, long ShadowedRuleNanos, long BoundedNanos, long BoundNanos)
{
    /// <summary>What falling back cost more than the first choice; less than zero where it was cheaper.</summary>
    public long PremiumNanos => FellBackNanos - FellBackPrimaryNanos;

    /// <summary>What routing saved against the default; less than zero where it cost more.</summary>
    public long SavingNanos => RoutedDefaultNanos - RoutedNanos;

    public static ComparedCosts operator -(ComparedCosts left, ComparedCosts right) => new(
        left.FellBackNanos - right.FellBackNanos, left.FellBackPrimaryNanos - right.FellBackPrimaryNanos, left.RoutedNanos - right.RoutedNanos,
        left.RoutedDefaultNanos - right.RoutedDefaultNanos, left.ShadowedNanos - right.ShadowedNanos, left.ShadowedRuleNanos - right.ShadowedRuleNanos,
        left.BoundedNanos - right.BoundedNanos, left.BoundNanos - right.BoundNanos);

    public static ComparedCosts operator +(ComparedCosts left, ComparedCosts right) => new(
        left.FellBackNanos + right.FellBackNanos, left.FellBackPrimaryNanos + right.FellBackPrimaryNanos, left.RoutedNanos + right.RoutedNanos,
        left.RoutedDefaultNanos + right.RoutedDefaultNanos, left.ShadowedNanos + right.ShadowedNanos, left.ShadowedRuleNanos + right.ShadowedRuleNanos,
        left.BoundedNanos + right.BoundedNanos, left.BoundNanos + right.BoundNanos);
}
