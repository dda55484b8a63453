using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting;

/// <param name="Horizon">Steps to forecast.</param>
/// <param name="BacktestHorizon">Steps of the totals that models are compared on; shortened where the history does not allow it.</param>
public sealed record SeriesForecastOptions(int Horizon, int BacktestHorizon)
{
    /// <summary>Observations a season; 7 for days in weeks.</summary>
    public int Season { get; init; } = 7;

    public int Paths { get; init; } = 1000;

    /// <summary>The same history, options and seed give the same forecast.</summary>
    public ulong Seed { get; init; } = 20_260_601;
}

/// <summary>What is known of a series' future, and why that should be believed.</summary>
/// <param name="Model">The chosen model's name.</param>
/// <param name="Paths">Joint sample paths, in the history's unit; step 0 follows the last observation.</param>
/// <param name="Scores">All models that were tried, the chosen one first, then by error.</param>
/// <param name="BacktestHorizon">Steps of the totals that the scores are about; 0 when there was no backtest.</param>
/// <param name="BandScale">How much wider (above 1) or narrower the backtest made the bands.</param>
public sealed record SeriesForecast(string Model, SamplePaths Paths, IReadOnlyList<BacktestScore> Scores, int BacktestHorizon, double BandScale);
