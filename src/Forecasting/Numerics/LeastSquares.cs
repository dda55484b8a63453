namespace Platform.Forecasting.Numerics;

/// <summary>Solves normal equations.</summary>
internal static class LeastSquares
{
    private const double LeastPivot = 1e-18;

    /// <summary>Solves gram × x = right by Cholesky's decomposition; both are overwritten, <paramref name="right"/> with x.</summary>
    /// <param name="gram">Symmetric and positive, row by row; only the lower half is read.</param>
    public static void Solve(Span<double> gram, Span<double> right)
    {
        var n = right.Length;
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = gram[i * n + j];
                for (var k = 0; k < j; k++)
                {
                    sum -= gram[i * n + k] * gram[j * n + k];
                }

                gram[i * n + j] = i == j ? Math.Sqrt(Math.Max(sum, LeastPivot)) : sum / gram[j * n + j];
            }
        }

        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < i; k++)
            {
                right[i] -= gram[i * n + k] * right[k];
            }

            right[i] /= gram[i * n + i];
        }

        for (var i = n - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < n; k++)
            {
                right[i] -= gram[k * n + i] * right[k];
            }

            right[i] /= gram[i * n + i];
        }
    }
}
