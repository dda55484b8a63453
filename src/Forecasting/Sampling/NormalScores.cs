using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Sampling;

/// <summary>Errors by rank, so that a few that are far off do not speak for all.</summary>
internal static class NormalScores
{
    /// <summary>
    /// The normal value that each error's size has by its rank among all, with the error's sign; no number stays none. What all have in common stays, which ranks around their
    /// middle would take off.
    /// </summary>
    public static double[][] Signed(double[][] errors)
    {
        var order = errors.SelectMany((row, i) => row.Select((error, step) => (error, i, step))).Where(entry => !double.IsNaN(entry.error)).OrderBy(entry => Math.Abs(entry.error)).ToArray();
        var scores = errors.Select(row => (double[])row.Clone()).ToArray();
        for (var rank = 0; rank < order.Length; rank++)
        {
            var (error, i, step) = order[rank];
            scores[i][step] = Math.Sign(error) * Normal.Quantile(0.5 + (rank + 0.5) / (2 * order.Length));
        }

        return scores;
    }
}
