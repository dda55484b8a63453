using Platform.Forecasting;

namespace Platform.Forecast.Segments;

/// <summary>What a segment's forecast rests on.</summary>
internal enum SegmentBasis
{
    /// <summary>Its own history.</summary>
    Own,

    /// <summary>Fewer than fourteen days: its own level, and the shape of its team or, where that is as young, of the organisation.</summary>
    Borrowed,

    /// <summary>Nothing for five weeks: no more is expected of it.</summary>
    Stopped,

    /// <summary>No day of it is over, or none was priced.</summary>
    Unknown,
}

/// <summary>One segment's future before its paths are drawn. Everything follows from its days.</summary>
/// <param name="Outlook">Null where nothing is expected. Its horizon is that of <see cref="HorizonCalendar"/>.</param>
/// <param name="DailyNanos">The level: mean cost of a day over the last four weeks at the prices of today, or of all days where there are fewer.</param>
/// <param name="Cost">How cost changes by the week: calls × tokens a call × price of a token.</param>
internal sealed record SegmentForecast(
    SegmentSeries Series, SegmentBasis Basis, SeriesOutlook? Outlook, double DailyNanos, Trend Cost, Trend Calls, Trend TokensPerCall, Trend PricePerToken)
{
    public const int LevelDays = 28;

    public SegmentKey Key => Series.Key;
}
