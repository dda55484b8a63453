using Platform.Forecasting.Calendar;

namespace Platform.Forecasting.Preparation;

/// <summary>What a forecast is multiplied by, by step, which models did not see.</summary>
/// <param name="Factors">By step after the history, 0 or more: shape and exposure.</param>
/// <param name="Learnt">Effects of the calendar, each with the steps that share its ratio.</param>
internal sealed record AheadFactors(double[] Factors, IReadOnlyList<LearntEffect> Learnt);
