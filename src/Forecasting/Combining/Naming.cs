using System.Globalization;

namespace Platform.Forecasting.Combining;

/// <summary>A choice in words.</summary>
internal static class Naming
{
    private const int Leaders = 3;

    /// <summary>For example "median of 21 models", or "21 models weighted by backtest: ets(A,N,A) 31 %, theta 12 %, …".</summary>
    public static string Of(Choice choice, string[] names)
    {
        if (names.Length == 1)
        {
            return names[0];
        }

        if (choice.Rule == Rule.Median)
        {
            return $"median of {names.Length} models";
        }

        var leading = Enumerable.Range(0, names.Length).OrderByDescending(m => choice.Weights[m]).Take(Leaders)
            .Select(m => string.Create(CultureInfo.InvariantCulture, $"{names[m]} {100 * choice.Weights[m]:0} %"));
        return $"{names.Length} models weighted by backtest: {string.Join(", ", leading)}, …";
    }
}
