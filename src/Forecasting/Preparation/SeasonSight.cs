namespace Platform.Forecasting.Preparation;

/// <summary>
/// Which of the seasons asked for a history shows. Models, findings, widening and borrowing all go by this one answer, so that no season is left out in silence: what is shown is forecast, what is
/// not is said, borrowed where there are siblings, and paid for with a wider band.
/// </summary>
public static class SeasonSight
{
    /// <summary>Seen twice, or nobody can tell it from chance.</summary>
    public static bool Shows(int length, int season) => season > 1 && 2 * season <= length;

    /// <summary>Those of the seasons that so many observations show, ascending.</summary>
    public static int[] Shown(int length, IEnumerable<int> seasons) => [.. seasons.Where(season => Shows(length, season)).Distinct().Order()];

    /// <summary>Those that they do not show; a season of one observation is none.</summary>
    public static IEnumerable<int> Hidden(int length, IEnumerable<int> seasons) => seasons.Where(season => season > 1 && !Shows(length, season));
}
