namespace Platform.Forecasting.Sampling;

/// <summary>
/// What backtests say about a forecast's errors, apart from its value: how they scale (<see cref="ErrorScale"/>), how they are spread once scaled
/// (<see cref="ErrorSpread"/>), and how they hang together (<see cref="DependenceBelief"/>). Paths are drawn by a Gaussian copula, so that steps have the
/// spread and totals the dependence that the past had; the common part has the tails of a t distribution where few totals of that length were ever seen.
/// </summary>
internal sealed class ErrorModel
{
    /// <summary>How much wider bands are made where a single error was seen; it fades with the number of errors that do not hang together.</summary>
    private const double MostWidening = 1;
    private const double WideningFades = 1.5;

    /// <summary>Degrees of freedom of the level's error for each time that the horizon fits into the history.</summary>
    private const double FreedomOfHorizon = 0.6;
    private const int LeastFreedom = 2;

    /// <summary>More make no difference.</summary>
    private const int MostFreedom = 30;

    /// <summary>Variance of the level, beside 1 of the errors that fade, for a season that was asked for and is longer than can be seen.</summary>
    private const double UnseenSeason = 0.3;

    /// <summary>Next to the golden ratio, multiples of which are the most evenly spread.</summary>
    private const double Golden = 0.6180339887498949;

    private readonly ErrorScale _scale;
    private readonly DependenceBelief _belief;
    private readonly ErrorSpread _spread;
    private readonly double _unseen;
    private readonly int _freedom;
    private readonly int _judged;

    private ErrorModel(ErrorScale scale, DependenceBelief belief, ErrorSpread spread, ErrorEvidence evidence, double widening)
    {
        _scale = scale;
        _belief = belief;
        _spread = spread;
        _unseen = evidence.SeasonUnseen ? UnseenSeason : 0;
        _judged = evidence.Steps;
        _freedom = (int)Math.Clamp(Math.Round(FreedomOfHorizon * evidence.History.Length / _judged), LeastFreedom, MostFreedom);
        Widening = widening;
    }

    /// <summary>How much wider than the errors seen the bands are made, because they are few; 1 or more.</summary>
    public double Widening { get; }

    public static ErrorModel Of(ErrorEvidence evidence)
    {
        var scale = ErrorScale.Of(evidence.Forecasts, evidence.Actuals);
        var scaled = evidence.Scaled(scale);
        var belief = DependenceBelief.Of(NormalScores.Signed(scaled), evidence.Independent, NormalScores.Signed([evidence.Rests(scale)])[0]);
        var seen = evidence.Independent * belief.Effective(evidence.Steps);
        var widening = 1 + MostWidening / Math.Pow(Math.Max(1, seen), WideningFades);
        return new ErrorModel(scale, belief, ErrorSpread.Of(scaled, evidence.Independent, widening), evidence, widening);
    }

    /// <summary>Joint paths around a forecast; never below zero.</summary>
    /// <param name="uncertainty">What errors are multiplied by: 1 where this forecast is as certain as those of the backtest were.</param>
    public SamplePaths Draw(double[] centre, int count, ulong seed, double uncertainty = 1)
    {
        var horizon = centre.Length;
        double[] scales = [.. centre.Select((value, step) => uncertainty * _scale.At(value, step))];
        var randomness = new Randomness(seed);
        var values = new double[count * horizon];
        var scores = new double[horizon];
        var share = randomness.NextDouble();
        for (var path = 0; path < count; path += 2)
        {
            share = (share + Golden) % 1;
            Score(_belief.Pick(share), randomness, scores);
            for (var step = 0; step < horizon; step++)
            {
                values[path * horizon + step] = Math.Max(0, centre[step] + scales[step] * _spread.At(scores[step]));

                // Each path has a mirror image, so that means and medians settle sooner.
                if (path + 1 < count)
                {
                    values[(path + 1) * horizon + step] = Math.Max(0, centre[step] + scales[step] * _spread.At(-scores[step]));
                }
            }
        }

        return new SamplePaths(count, horizon, values);
    }

    /// <summary>Joint normal scores, with a variance of 1 on average over the steps that were judged.</summary>
    private void Score(ErrorDependence dependence, Randomness randomness, double[] scores)
    {
        var norm = 1 / Math.Sqrt(dependence.Variance(0) + dependence.Wander * (_judged - 1) / 2.0);
        var tail = Tail(randomness);
        var level = tail * Math.Sqrt(dependence.Shared + _unseen) * randomness.NextNormal();
        var (fading, fresh, wander) = (randomness.NextNormal(), Math.Sqrt(1 - dependence.Fading * dependence.Fading), tail * Math.Sqrt(dependence.Wander));
        for (var step = 0; step < scores.Length; step++)
        {
            scores[step] = norm * (level + fading);
            fading = dependence.Fading * fading + fresh * randomness.NextNormal();
            level += wander * randomness.NextNormal();
        }
    }

    /// <summary>What a normal value is multiplied by to be one of Student's t; never more than about 4.5.</summary>
    private double Tail(Randomness randomness)
    {
        if (_freedom >= MostFreedom)
        {
            return 1;
        }

        var squares = 0.0;
        for (var i = 0; i < _freedom; i++)
        {
            var value = randomness.NextNormal();
            squares += value * value;
        }

        return Math.Sqrt(_freedom / Math.Max(squares, 0.05 * _freedom));
    }
}
