using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using CalendarsClient = Platform.Contracts.Forecast.V1.ForecastCalendars.ForecastCalendarsClient;

namespace Platform.Api.Forecasts;

/// <summary>Holidays and month ends that forecasts look for.</summary>
internal static class CalendarEndpoints
{
    public static void MapForecastCalendars(this WebApplication app)
    {
        var calendars = app.MapGroup("/v1/forecast/calendars").WithTags("forecast");
        calendars.MapGet("", ListAsync).WithSummary("The holidays and month ends that forecasts look for, of the organisation and of teams; or all changes of them.");
        calendars.MapPatch("", SetAsync).WithSummary("Changes what is given of the organisation's calendar, or of a team's own; the forecast is made anew with it.").Produces<CalendarBody>();
        calendars.MapDelete("", RemoveAsync).WithSummary("A team has the organisation's calendar again; without a team: nothing is looked for any more.");
    }

    private static async Task<CalendarsBody> ListAsync(string? team_id, bool? changes, int? limit, CalendarsClient calendars, HttpContext http)
    {
        var request = new ListCalendarsRequest { TeamId = team_id ?? "", Changes = changes ?? false, Limit = limit ?? 0 };
        return new CalendarsBody([.. (await calendars.ListCalendarsAsync(request, Call.Options(http))).Calendars.Select(CalendarBody.From)]);
    }

    private static async Task<IResult> SetAsync(CalendarInput body, CalendarsClient calendars, HttpContext http) =>
        Results.Ok(CalendarBody.From(await calendars.SetCalendarAsync(body.ToContract(Call.IdempotencyKey(http)), Call.Options(http))));

    private static async Task<CalendarBody> RemoveAsync(string? team_id, string? note, CalendarsClient calendars, HttpContext http) => CalendarBody.From(await calendars.RemoveCalendarAsync(
        new RemoveCalendarRequest { TeamId = team_id ?? "", Note = note ?? "", IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));
}

/// <summary>What is absent stays as it is.</summary>
internal sealed record CalendarInput
{
    /// <summary>Absent: the organisation.</summary>
    public string? TeamId { get; init; }

    /// <summary>Stands in the place of the list that there is: at most 400 days, past ones too, from which the effect is learnt.</summary>
    public IReadOnlyList<HolidayBody?>? Holidays { get; init; }

    /// <summary>Whether they are looked for; with a first list they are.</summary>
    public bool? HolidaysOn { get; init; }

    /// <summary>Whether the last days of months are looked for.</summary>
    public bool? MonthEndsOn { get; init; }

    /// <summary>Why.</summary>
    public string? Note { get; init; }

    public SetCalendarRequest ToContract(string idempotencyKey)
    {
        var request = new SetCalendarRequest { TeamId = Require.Filled("team_id", TeamId), Note = Note ?? "", IdempotencyKey = idempotencyKey };
        if (Holidays is not null)
        {
            request.Holidays = new HolidayList
            {
                Days =
                {
                    Holidays.Select(holiday => holiday is null ? throw RpcErrors.InvalidArgument("holidays has a null in it; leave it out.")
                        : new CalendarHoliday { Day = holiday.Day ?? "", Name = holiday.Name ?? "" }),
                },
            };
        }

        if (HolidaysOn is { } holidays)
        {
            request.HolidaysOn = holidays;
        }

        if (MonthEndsOn is { } monthEnds)
        {
            request.MonthEndsOn = monthEnds;
        }

        return request;
    }
}

/// <param name="Day">yyyy-MM-dd.</param>
internal sealed record HolidayBody(string? Day, string? Name);

internal sealed record CalendarsBody(IReadOnlyList<CalendarBody> Calendars);

/// <summary>A calendar as a change left it.</summary>
/// <param name="Number">Counted over all changes of calendars.</param>
/// <param name="TeamId">Empty: the organisation.</param>
/// <param name="Active">False: from this change on there is none.</param>
internal sealed record CalendarBody(
    long Number, string TeamId, bool Active, bool HolidaysOn, bool MonthEndsOn, IReadOnlyList<HolidayBody> Holidays, string Note, DateTimeOffset? ChangedAt, string ChangedBy)
{
    public static CalendarBody From(ForecastCalendar calendar) => new(
        calendar.Number, calendar.TeamId, calendar.Active, calendar.HolidaysOn, calendar.MonthEndsOn, [.. calendar.Holidays.Select(holiday => new HolidayBody(holiday.Day, holiday.Name))],
        calendar.Note, calendar.ChangedAt.ToMoment(), calendar.ChangedBy);
}

/// <summary>What calendars do to a forecast.</summary>
/// <param name="Number">The newest change of the calendars that count.</param>
/// <param name="Segments">In how many segments anything is looked for.</param>
/// <param name="Ahead">Holidays from today to the end of next month.</param>
/// <param name="LastHoliday">No holiday after it is known; null: none is looked for.</param>
internal sealed record CalendarEvidenceBody(long Number, int Segments, IReadOnlyList<SpecialDayEffectBody> Effects, IReadOnlyList<HolidayBody> Ahead, string? LastHoliday)
{
    public static CalendarEvidenceBody From(CalendarEvidence evidence) => new(
        evidence.Number, evidence.Segments, [.. evidence.Effects.Select(effect => new SpecialDayEffectBody(effect.Name, effect.Segments, effect.Ratio))],
        [.. evidence.Ahead.Select(holiday => new HolidayBody(holiday.Day, holiday.Name))], evidence.LastHoliday.Length == 0 ? null : evidence.LastHoliday);
}

/// <param name="Name">holidays or month_ends.</param>
/// <param name="Segments">In how many segments the past shows it; it is forecast in those alone.</param>
/// <param name="Ratio">What such a day is as a multiple of a usual one, in the middle one of these segments.</param>
internal sealed record SpecialDayEffectBody(string Name, int Segments, double Ratio);
