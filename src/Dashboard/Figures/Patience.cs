namespace Platform.Dashboard.Figures;

/// <summary>How long a page waits for a service before it says that the service does not answer.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>Until the first of all teams' forecasts: the first of a day fits every segment of the organisation, which takes its time on a busy machine.</summary>
    public static readonly TimeSpan Fitting = TimeSpan.FromSeconds(60);

    /// <summary>From one team's forecast to the next. They are worked out one after another, so that how long all of them take grows with the teams and says nothing of whether there is an answer.</summary>
    public static readonly TimeSpan BetweenForecasts = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan AllForecasts = TimeSpan.FromMinutes(10);

    public static DateTime Until(TimeProvider time) => time.GetUtcNow().UtcDateTime + Limit;

    /// <summary>For all teams' forecasts together, however steadily they come.</summary>
    public static DateTime UntilAllForecasts(TimeProvider time) => time.GetUtcNow().UtcDateTime + AllForecasts;
}
