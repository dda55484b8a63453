namespace Platform.Forecasting.Backtesting;

/// <summary>How a model did when it forecast from earlier points of the history.</summary>
/// <param name="Model">As fitted on the whole history; an earlier fit may have chosen another form of the same family.</param>
/// <param name="Wape">Sum of the absolute errors of totals by the sum of the totals: 0.25 is 25 %.</param>
/// <param name="Held">Share of totals that missed by no more to either side than the totals of the other origins did, so that none vouches for itself. 0 with fewer than two origins.</param>
/// <param name="Origins">How many totals; they overlap.</param>
public sealed record BacktestScore(string Model, double Wape, double Held, int Origins)
{
    /// <summary>What <see cref="Held"/> would be on average if all errors were alike: two of so many lie at the ends. 0.8 with ten origins.</summary>
    public double HeldExpected => Origins < 2 ? 0 : (Origins - 2) / (double)Origins;
}
