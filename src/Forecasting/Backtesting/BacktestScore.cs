namespace Platform.Forecasting.Backtesting;

/// <summary>How a model did when it forecast from earlier points of the history.</summary>
/// <param name="Model">As fitted on the whole history; an earlier fit may have chosen another form of the same family.</param>
/// <param name="Wape">Sum of the absolute errors of totals by the sum of the totals: 0.25 is 25 %.</param>
/// <param name="Origins">How many totals; they overlap. Ten at most say nothing of how wide a band would have held them.</param>
public sealed record BacktestScore(string Model, double Wape, int Origins);
