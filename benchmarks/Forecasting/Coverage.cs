using Platform.Forecasting.Sampling;

namespace Platform.Benchmarks.Forecasting;

/// <summary>How many steps and totals an 80 % band held.</summary>
internal sealed record Coverage(int Steps, int HeldSteps, int Totals, int HeldTotals)
{
    public static readonly Coverage None = new(0, 0, 0, 0);

    public static Coverage operator +(Coverage left, Coverage right) =>
        new(left.Steps + right.Steps, left.HeldSteps + right.HeldSteps, left.Totals + right.Totals, left.HeldTotals + right.HeldTotals);

    public static Coverage Of(SamplePaths paths, double[] came) => new(
        came.Length, came.Where((value, step) => Holds(paths.Step(step), value)).Count(), 1, Holds(paths.Total(0, came.Length), came.Sum()) ? 1 : 0);

    public IEnumerable<Figure> Figures(string name) =>
    [
        new($"{name}_coverage_steps", HeldSteps / (double)Steps, "share"), new($"{name}_coverage_totals", HeldTotals / (double)Totals, $"share of {Totals}"),
    ];

    private static bool Holds(Band band, double value) => value >= band.P10 && value <= band.P90;
}
