namespace Platform.Forecasting.Backtesting;

/// <summary>How a model did when it forecast from earlier days.</summary>
/// <param name="Model">As fitted on the whole history; an earlier fit may have chosen another form of the same family.</param>
/// <param name="Wape">Sum of the absolute errors of totals (their P50) by the sum of the totals: 0.25 is 25 %.</param>
/// <param name="Coverage80">Share of totals inside the 80 % band, calibrated without the total that is judged. 0 without origins.</param>
/// <param name="Origins">How many totals; they overlap.</param>
public sealed record BacktestScore(string Model, double Wape, double Coverage80, int Origins);
