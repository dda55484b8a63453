namespace Platform.Forecasting.Sampling;

/// <summary>
/// What may be believed of how a series' errors hang together, as weights over a grid: two or three forecasts that could be judged do not tell a steady
/// level from one that wanders, and paths are drawn from all that are not ruled out. The evidence is the errors of the backtest, and how the history
/// itself wandered around its seasons, of which there is more.
/// </summary>
internal sealed class DependenceBelief
{
    private const double UsualWander = 0.001;
    private const double WanderSpread = 2;

    /// <summary>How far off a level is taken, as a share of what is left unknown of it by a filter that knows how it wanders; combinations know it better.</summary>
    private const double UsualOff = 0.6;

    /// <summary>Nothing is known of a history's level before its first value.</summary>
    private const double Unknown = 100;

    private const double Negligible = 1e-4;

    private static readonly double[] Fadings = [0, 0.3, 0.5, 0.7, 0.85, 0.95, 0.985];
    private static readonly double[] Wanders = [0.00003, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];
    private static readonly double[] Offs = [0.25, 0.5, 1, 2, 4, 8];

    private readonly ErrorDependence[] _candidates;
    private readonly double[] _through;

    private DependenceBelief(ErrorDependence[] candidates, double[] through)
    {
        _candidates = candidates;
        _through = through;
    }

    /// <param name="scores">Of the backtest's errors, by origin and step; may be empty.</param>
    /// <param name="independent">How many origins share no step.</param>
    /// <param name="rests">Scores of what is left of the history when its season is taken off.</param>
    public static DependenceBelief Of(double[][] scores, double independent, double[] rests)
    {
        var candidates = new List<ErrorDependence>();
        var logs = new List<double>();
        var weight = scores.Length == 0 ? 0 : Math.Min(1, independent / scores.Length);
        var seen = Math.Max(1, rests.Count(rest => !double.IsNaN(rest)));
        foreach (var fading in Fadings)
        {
            foreach (var wander in Wanders)
            {
                var past = new ErrorDependence(fading, Unknown, wander).Misfit([rests]);
                var unknown = UsualOff * (1.0 / seen + Math.Sqrt(wander * (1 + fading) / (1 - fading)));
                foreach (var off in Offs)
                {
                    var candidate = new ErrorDependence(fading, off * unknown, wander);
                    var (farOff, farWander) = (Math.Log(off), Math.Log(wander / UsualWander) / WanderSpread);
                    candidates.Add(candidate);
                    logs.Add(-(farOff * farOff + farWander * farWander) / 2 - past - (weight > 0 ? weight * candidate.Misfit(scores) : 0));
                }
            }
        }

        var most = logs.Max();
        var sum = logs.Sum(log => Math.Exp(log - most));
        var through = 0.0;
        return new DependenceBelief([.. candidates], [.. logs.Select(log => through += Math.Exp(log - most) / sum)]);
    }

    /// <summary>All candidates with how far each is believed, but for those that are as good as ruled out.</summary>
    public IEnumerable<(ErrorDependence Dependence, double Share)> All =>
        _candidates.Select((candidate, i) => (candidate, _through[i] - (i == 0 ? 0 : _through[i - 1]))).Where(entry => entry.Item2 > Negligible);

    /// <summary>How many independent errors so many steps in a row are worth.</summary>
    public double Effective(int steps)
    {
        var (sum, before) = (0.0, 0.0);
        for (var i = 0; i < _candidates.Length; i++)
        {
            sum += (_through[i] - before) * _candidates[i].VarianceOfMean(steps);
            before = _through[i];
        }

        return 1 / sum;
    }

    /// <param name="share">0 to 1: evenly spread shares pick each candidate as often as it is believed.</param>
    public ErrorDependence Pick(double share)
    {
        var at = Array.BinarySearch(_through, share);
        return _candidates[Math.Min(at < 0 ? ~at : at, _candidates.Length - 1)];
    }
}
