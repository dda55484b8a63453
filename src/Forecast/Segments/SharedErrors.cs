namespace Platform.Forecast.Segments;

/// <summary>How much of a segment's error the whole organisation shares, and how much more its team does: parts of a variance, together below 1.</summary>
internal readonly record struct SharedErrors(double Organisation, double Team)
{
    /// <summary>Some of every error is its own.</summary>
    private const double Most = 0.95;

    public double OfOrganisation => Math.Sqrt(Organisation);

    public double OfTeam => Math.Sqrt(Team);

    public double Own => Math.Sqrt(1 - Organisation - Team);

    /// <summary>
    /// The correlations with which the segments' sum is as uncertain as the backtest of the summed series says: within each team from the team's own series, between teams from
    /// the organisation's.
    /// </summary>
    /// <param name="segments">Standard deviations of the same total, by team.</param>
    /// <param name="teams">Of the teams' own series, in the same order.</param>
    /// <param name="organisation">Of the organisation's.</param>
    /// <returns>By team.</returns>
    public static SharedErrors[] Of(IReadOnlyList<double[]> segments, IReadOnlyList<double> teams, double organisation)
    {
        var within = new double[segments.Count];
        var (squares, sum) = (0.0, 0.0);
        for (var team = 0; team < segments.Count; team++)
        {
            within[team] = Correlation(teams[team], segments[team].Sum(deviation => deviation * deviation), segments[team].Sum());
            var whole = segments[team].Sum();
            var own = segments[team].Sum(deviation => deviation * deviation);

            // What the team's sum varies by once its segments hang together so, whatever the backtest's own figure is.
            squares += own + within[team] * (whole * whole - own);
            sum += whole;
        }

        var acrossProducts = sum * sum - segments.Sum(team => team.Sum() * team.Sum());
        var across = acrossProducts > 0 ? Math.Clamp((organisation * organisation - squares) / acrossProducts, 0, Most) : 0;
        return [.. within.Select(all => new SharedErrors(Math.Min(across, all), Math.Max(0, all - across)))];
    }

    private static double Correlation(double total, double squares, double sum) =>
        sum * sum > squares * (1 + 1e-9) ? Math.Clamp((total * total - squares) / (sum * sum - squares), 0, Most) : Most / 2;
}
