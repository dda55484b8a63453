using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;

namespace Platform.Forecast.Accuracy;

/// <summary>
/// Adds up how forecasts of one group did. All scores but coverage are sums by the sum of what came: weighted absolute percentage error of the median, bias, and quantile losses
/// (Koenker and Bassett 1978), doubled, so that the loss of the median is its error. A rule's one figure is taken for every quantile.
/// </summary>
internal sealed class ScoreSum
{
    private double _came;
    private double _forecast;
    private double _scale;
    private double _error;
    private double _low;
    private double _high;
    private int _held;
    private (double Error, double Bias) _runRate;
    private (double Error, double Bias) _seasonal;

    public int Targets { get; private set; }

    /// <summary>Null where nothing came.</summary>
    public double? Wape => By(_error);

    public void Add(LayerFigure figure, long came, long runRate, long seasonalNaive)
    {
        Targets++;
        _came += came;
        _forecast += figure.P50;
        _scale += Math.Abs((double)came);
        _error += Math.Abs((double)came - figure.P50);
        _low += Loss(0.1, figure.P10, came);
        _high += Loss(0.9, figure.P90, came);
        _held += came >= figure.P10 && came <= figure.P90 ? 1 : 0;
        _runRate = (_runRate.Error + Math.Abs((double)came - runRate), _runRate.Bias + runRate - came);
        _seasonal = (_seasonal.Error + Math.Abs((double)came - seasonalNaive), _seasonal.Bias + seasonalNaive - came);
    }

    public ScoreRow ToWire(string teamId, Layer layer, LeadGroup group)
    {
        var row = new ScoreRow
        {
            TeamId = teamId, Layer = layer, Kind = group.Kind, Lead = group.Lead, Targets = Targets, ActualNanos = Rounded(_came), ForecastNanos = Rounded(_forecast),
            Coverage80 = _held / (double)Targets,
        };
        if (_scale > 0)
        {
            (row.Wape, row.Bias) = (_error / _scale, (_forecast - _came) / _scale);
            (row.Pinball10, row.Pinball50, row.Pinball90, row.Pinball) = (_low / _scale, _error / _scale, _high / _scale, (_low + _error + _high) / 3 / _scale);
            if (layer == Layer.Total)
            {
                row.Rules.Add(Rule("run_rate", _runRate));
                row.Rules.Add(Rule("seasonal_naive", _seasonal));
            }
        }

        return row;
    }

    /// <summary>Losses at 0.1, 0.5 and 0.9 of one figure are together 1.5 times its error, doubled three times it: their mean is the error.</summary>
    private RuleScore Rule(string name, (double Error, double Bias) sums) =>
        new() { Rule = name, Wape = sums.Error / _scale, Bias = sums.Bias / _scale, Pinball = sums.Error / _scale };

    private double? By(double sum) => _scale > 0 ? sum / _scale : null;

    private static double Loss(double quantile, double figure, double came) => 2 * (came >= figure ? quantile * (came - figure) : (1 - quantile) * (figure - came));

    private static long Rounded(double nanos) => nanos is > long.MinValue and < long.MaxValue ? (long)nanos : nanos > 0 ? long.MaxValue : long.MinValue;
}
