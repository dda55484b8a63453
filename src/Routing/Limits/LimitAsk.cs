namespace Platform.Routing.Limits;

/// <summary>What an exchange says and asks about one count: of the two, the one that its measure has.</summary>
internal sealed record LimitAsk(GaugeKey Key, CountAsk? Count, SlotAsk? Slots);

/// <summary>The answer to a <see cref="LimitAsk"/>.</summary>
internal sealed record LimitAnswer(CountAnswer? Count, SlotAnswer? Slots);

/// <summary>How a count stands: what headers say.</summary>
/// <param name="Remaining">What this replica knows to be free: what the database had left at the last answer, and what is undrawn here.</param>
/// <param name="ResetAfter">When all of it will be free again.</param>
internal readonly record struct LimitStanding(GaugeSpec Spec, long Remaining, TimeSpan ResetAfter);
