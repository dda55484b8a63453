namespace Platform.Forecasting.Models;

/// <summary>
/// The mean of several fitted models, which is often nearer than any one of them: their errors are not the same errors (Bates and Granger 1969).
/// </summary>
public sealed class Combination : IFittedModel
{
    private readonly IReadOnlyList<IFittedModel> _members;
    private readonly double[] _residuals;

    /// <param name="members">At least one, all fitted on the same history.</param>
    public Combination(IReadOnlyList<IFittedModel> members)
    {
        _members = members;
        _residuals = new double[members[0].Residuals.Length];
        foreach (var member in members)
        {
            for (var t = 0; t < _residuals.Length; t++)
            {
                _residuals[t] += member.Residuals[t] / members.Count;
            }
        }
    }

    public string Name => $"mean({string.Join(',', _members.Select(member => member.Name))})";

    /// <summary>NaN where any member's is.</summary>
    public ReadOnlySpan<double> Residuals => _residuals;

    /// <summary>Every member goes on with the same shocks, and the path is the mean of theirs.</summary>
    public void Continue(ReadOnlySpan<double> shocks, Span<double> path)
    {
        path.Clear();
        var own = new double[path.Length];
        foreach (var member in _members)
        {
            member.Continue(shocks, own);
            for (var step = 0; step < path.Length; step++)
            {
                path[step] += own[step] / _members.Count;
            }
        }
    }
}
