namespace Platform.Forecast.SpecialDays;

/// <summary>The calendars that count at a moment.</summary>
/// <param name="Number">Of the newest change; 0: there was none. The same number is the same calendars.</param>
internal sealed record TeamCalendars(long Number, IReadOnlyDictionary<string, DayCalendar> ByTeam)
{
    public static readonly TeamCalendars None = new(0, new Dictionary<string, DayCalendar>());

    /// <summary>The team's own, else the organisation's; null where that has nothing to look for.</summary>
    /// <param name="teamId">Empty: the organisation.</param>
    public DayCalendar? Of(string teamId)
    {
        var calendar = ByTeam.GetValueOrDefault(teamId) ?? ByTeam.GetValueOrDefault("");
        return calendar is { IsOn: true } ? calendar : null;
    }
}
