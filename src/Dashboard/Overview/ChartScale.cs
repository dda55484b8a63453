namespace Platform.Dashboard.Overview;

/// <summary>A vertical axis from zero: steps of 1, 2, 2.5 or 5 times a power of ten, the last at or above the largest value.</summary>
/// <param name="Step">Distance of two grid lines, in units of currency.</param>
/// <param name="Steps">Grid lines above zero; 1 to 5.</param>
internal sealed record ChartScale(decimal Step, int Steps)
{
    private const int MostSteps = 5;

    private static readonly decimal[] Factors = [1m, 2m, 2.5m, 5m, 10m];

    public decimal Top => Step * Steps;

    /// <param name="largest">Largest value to show, in units of currency; 0 when there is nothing to show yet.</param>
    public static ChartScale For(decimal largest)
    {
        if (largest <= 0)
        {
            return new ChartScale(1, 1);
        }

        var power = (decimal)Math.Pow(10, Math.Floor(Math.Log10((double)(largest / MostSteps))));
        var step = Factors.Select(factor => factor * power).First(candidate => candidate * MostSteps >= largest);
        return new ChartScale(step, (int)Math.Ceiling(largest / step));
    }
}
