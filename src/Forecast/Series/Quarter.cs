namespace Platform.Forecast.Series;

internal static class Quarter
{
    public const int Minutes = 15;

    private static readonly long Ticks = TimeSpan.FromMinutes(Minutes).Ticks;

    /// <summary>Start of the quarter of an hour (UTC) that a moment lies in.</summary>
    public static DateTimeOffset StartOf(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % Ticks), TimeSpan.Zero);
}
