namespace Platform.Forecasting.Models;

/// <summary>The mean of several models, which is often nearer than any one of them: their errors are not the same errors (Bates and Granger 1969).</summary>
public sealed class Combination(params IForecastModel[] members) : IForecastModel
{
    public int LeastHistory => members.Max(member => member.LeastHistory);

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        var fits = new IFittedModel[members.Length];
        for (var i = 0; i < fits.Length; i++)
        {
            fits[i] = members[i].Fit(history, (earlier as Fitted)?.Members[i]);
        }

        var residuals = new double[history.Length];
        foreach (var fit in fits)
        {
            for (var t = 0; t < residuals.Length; t++)
            {
                residuals[t] += fit.Residuals[t] / fits.Length;
            }
        }

        return new Fitted(fits, residuals);
    }

    private sealed class Fitted(IFittedModel[] members, double[] residuals) : IFittedModel
    {
        public IFittedModel[] Members => members;

        public string Name => $"mean({string.Join(',', members.Select(member => member.Name))})";

        public ReadOnlySpan<double> Residuals => residuals;

        /// <summary>Every member goes on with the same shocks, and the path is the mean of theirs.</summary>
        public void Continue(ReadOnlySpan<double> shocks, Span<double> path)
        {
            path.Clear();
            var own = new double[path.Length];
            foreach (var member in members)
            {
                member.Continue(shocks, own);
                for (var step = 0; step < path.Length; step++)
                {
                    path[step] += own[step] / members.Length;
                }
            }
        }
    }
}
