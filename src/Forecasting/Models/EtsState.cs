namespace Platform.Forecasting.Models;

/// <summary>Level, trend and season between two observations, and how an error moves them.</summary>
internal sealed class EtsState
{
    private readonly double[] _season;
    private readonly EtsParameters _parameters;
    private double _level;
    private double _trend;
    private int _phase;

    /// <param name="season">Seasonal states, the one of the next observation first; a single zero for no season.</param>
    public EtsState(EtsParameters parameters, double level, double trend, double[] season)
    {
        _parameters = parameters;
        _level = level;
        _trend = trend;
        _season = season;
    }

    public double Level => _level;

    public double Trend => _trend;

    /// <summary>Forecast of the next observation.</summary>
    public double Forecast => _level + _parameters.Phi * _trend + _season[_phase];

    /// <summary>Takes the next observation's error in: actual less <see cref="Forecast"/>.</summary>
    public void Advance(double error)
    {
        _level += _parameters.Phi * _trend + _parameters.Alpha * error;
        _trend = _parameters.Phi * _trend + _parameters.Beta * error;
        _season[_phase] += _parameters.Gamma * error;
        _phase = _phase + 1 == _season.Length ? 0 : _phase + 1;
    }

    public EtsState Copy() => new(_parameters, _level, _trend, [.. _season]) { _phase = _phase };
}
