using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Calendar;
using Platform.Forecasting.Preparation;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting;

/// <param name="Horizon">Steps to forecast, at least 1.</param>
/// <param name="BacktestHorizon">Steps that models are compared on, at least 1; shortened where the history does not allow it.</param>
public sealed record SeriesForecastOptions(int Horizon, int BacktestHorizon)
{
    /// <summary>The one season, or the shortest of several; 1 for none. Setting it sets <see cref="Seasons"/>.</summary>
    public int Season
    {
        get => Seasons.Count == 0 ? 1 : Seasons.Min();
        init => Seasons = [value];
    }

    /// <summary>Observations of each season: 24 and 168 for hours in days and weeks. Those that do not fit twice into a history are left out of it.</summary>
    public IReadOnlyList<int> Seasons { get; init; } = [7];

    /// <summary>Steps that are known to be otherwise than usual, learnt from the history where they show there; of two effects at a step the first counts. None by default.</summary>
    public IReadOnlyList<CalendarEffect> Calendar { get; init; } = [];

    /// <summary>
    /// What amounts may be in proportion to, by step of the history and the horizon, for example <see cref="CalendarEffect.WorkingDays"/> of months. How far
    /// they follow it is learnt. Empty for none.
    /// </summary>
    public IReadOnlyList<double> Exposure { get; init; } = [];

    /// <summary>
    /// Histories of series of the same kind, each with its last observation at the same moment as this one: a history too short to show a season takes
    /// its shape from them. Not a number where a value is missing. Not used where the history shows its seasons itself. None by default.
    /// </summary>
    public IReadOnlyList<double[]> Siblings { get; init; } = [];

    /// <summary>
    /// Steps that are left of a budget period that runs, today's included: over totals of weeks and months simple rules are the harder ones to beat, so that they set the level of the steps ahead, of
    /// this rest by itself. 0, the default, for none: the models set it.
    /// </summary>
    public int PeriodLeft { get; init; }

    /// <summary>How many paths, at least 1.</summary>
    public int Paths { get; init; } = 1000;

    /// <summary>Leave out the models that take most of the time and seldom lead: for parts of a whole, many at once.</summary>
    public bool IsQuick { get; init; }

    /// <summary>The same history, options and seed give the same forecast, on any number of threads.</summary>
    public ulong Seed { get; init; } = 20_260_601;
}

/// <summary>What is known of a series' future, and why that should be believed.</summary>
/// <param name="Model">What was chosen: a way to combine all models, with those that weigh most.</param>
/// <param name="Paths">Joint sample paths, in the history's unit; step 0 follows the last observation.</param>
/// <param name="Scores">The choice first, then all models that were tried, by error.</param>
/// <param name="BacktestHorizon">Steps of the totals that the scores are about; 0 when there was no backtest.</param>
/// <param name="BandScale">How much wider than the backtest's errors the bands are made, because few forecasts could be judged; 1 or more.</param>
/// <param name="Findings">What is odd about the history and what was done about it; empty when nothing is.</param>
public sealed record SeriesForecast(
    string Model, SamplePaths Paths, IReadOnlyList<BacktestScore> Scores, int BacktestHorizon, double BandScale, IReadOnlyList<Finding> Findings);
