using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Versions;

namespace Platform.Forecast.Accuracy;

/// <summary>Sums of scores by scope, layer and lead. Pure.</summary>
internal sealed class Scores
{
    private readonly Dictionary<(string TeamId, Layer Layer, LeadGroup Group), ScoreSum> _sums = [];

    /// <param name="plans">By version.</param>
    public void Add(IEnumerable<JudgedFigure> figures, Actuals actuals, ILookup<long, VersionPlanItem> plans)
    {
        foreach (var (version, asOf, figure) in figures)
        {
            var group = LeadGroup.Of(figure, asOf);
            var layers = figure.Layers().ToDictionary(layer => layer.Layer, layer => layer.Figure);
            foreach (var (layer, came) in actuals.Of(figure, version, asOf, plans[version].Where(item => figure.TeamId.Length == 0 || item.TeamId == figure.TeamId)))
            {
                if (!_sums.TryGetValue((figure.TeamId, layer, group), out var sum))
                {
                    _sums.Add((figure.TeamId, layer, group), sum = new ScoreSum());
                }

                sum.Add(layers[layer], came, figure.RunRate, figure.SeasonalNaive);
            }
        }
    }

    public ScoreSum? Find(string teamId, Layer layer, LeadGroup group) => _sums.GetValueOrDefault((teamId, layer, group));

    /// <summary>A scope's rows, the total's first.</summary>
    public IEnumerable<ScoreRow> Of(string teamId) => _sums.Where(sum => sum.Key.TeamId == teamId)
        .OrderBy(sum => sum.Key.Layer == Layer.Total ? 0 : 1).ThenBy(sum => sum.Key.Layer).ThenBy(sum => sum.Key.Group)
        .Select(sum => sum.Value.ToWire(sum.Key.TeamId, sum.Key.Layer, sum.Key.Group));

    /// <summary>Each team's totals of four weeks.</summary>
    public IEnumerable<ScoreRow> Teams() => _sums.Where(sum => sum.Key.TeamId.Length > 0 && sum.Key.Layer == Layer.Total && sum.Key.Group == LeadGroup.FourWeeks)
        .OrderBy(sum => sum.Key.TeamId, StringComparer.Ordinal).Select(sum => sum.Value.ToWire(sum.Key.TeamId, sum.Key.Layer, sum.Key.Group));
}
