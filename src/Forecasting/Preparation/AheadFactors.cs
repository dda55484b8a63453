namespace Platform.Forecasting.Preparation;

/// <summary>What a forecast is multiplied by, by step: shape and calendar, which models did not see.</summary>
/// <param name="Factors">By step after the history, 0 or more.</param>
/// <param name="Uncertain">Steps that share a factor which is not known for sure, and its standard deviation as a share.</param>
internal sealed record AheadFactors(double[] Factors, IReadOnlyList<(int[] Steps, double Deviation)> Uncertain);
