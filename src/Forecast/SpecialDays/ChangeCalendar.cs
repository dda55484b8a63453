using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Postgres;

namespace Platform.Forecast.SpecialDays;

/// <summary>Changes of calendars, each once for its idempotency key. What is made of them is made anew by whoever asks next; the service publishes it once changes have come to rest.</summary>
internal sealed class ChangeCalendar(Changes changes, OrganisationDirectory organisation)
{
    private const string Set = "calendar.set";
    private const int MostHolidays = 400;
    private const int MostProblems = 20;
    private const int MostNote = 1000;

    /// <summary>Changes what is given and keeps the rest: of a team's first calendar the rest is the organisation's.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT with every problem; NOT_FOUND (TEAM_NOT_FOUND); ABORTED (IDEMPOTENCY_CONFLICT); UNAVAILABLE.</exception>
    public async Task<ForecastCalendar> SetAsync(SetCalendarRequest request, string actor, CancellationToken cancellationToken)
    {
        var problems = Problems(request).Take(MostProblems + 1).ToArray();
        if (problems.Length > 0)
        {
            throw RpcErrors.InvalidArgument(string.Join(" ", problems.Take(MostProblems)) + (problems.Length > MostProblems ? " And more." : ""));
        }

        if (await changes.FindAsync(Set, request.IdempotencyKey, request, ForecastCalendar.Parser, cancellationToken) is { } told)
        {
            return told;
        }

        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        return await RunAsync(Set, request.IdempotencyKey, request, request.TeamId, known => Changed(known, request), actor, cancellationToken);
    }

    /// <summary>A team has the organisation's from here on; without that of the organisation nothing is looked for. A repeat answers the same.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; NOT_FOUND (CALENDAR_NOT_FOUND); ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<ForecastCalendar> RemoveAsync(RemoveCalendarRequest request, string actor, CancellationToken cancellationToken) =>
        Validation.Text("note", request.Note, 0, MostNote) is { } problem
            ? throw RpcErrors.InvalidArgument(problem)
            : RunAsync("calendar.remove", request.IdempotencyKey, request, request.TeamId, known => Removed(known, request), actor, cancellationToken);

    private Task<ForecastCalendar> RunAsync<TRequest>(
        string operation, string idempotencyKey, TRequest request, string teamId, Func<TeamCalendars, DayCalendar> change, string actor, CancellationToken cancellationToken)
        where TRequest : Google.Protobuf.IMessage => changes.RunAsync(
            operation, idempotencyKey, request, ForecastCalendar.Parser,
            async (transaction, now) =>
            {
                var known = await CalendarStore.ReadAsync(transaction, cancellationToken);
                var calendar = change(known) with { Number = known.Number + 1, TeamId = teamId, ChangedAt = now, ChangedBy = actor };
                await CalendarStore.WriteAsync(transaction, calendar, cancellationToken);
                return CalendarViews.ToWire(calendar);
            },
            cancellationToken, enter: transaction => CalendarStore.LockAsync(transaction, cancellationToken));

    private static DayCalendar Changed(TeamCalendars known, SetCalendarRequest request)
    {
        var before = known.ByTeam.GetValueOrDefault(request.TeamId) ?? known.ByTeam.GetValueOrDefault("");
        var holidays = request.Holidays is { } list
            ? [.. list.Days.Select(holiday => new Holiday(DayOf(holiday), holiday.Name)).OrderBy(holiday => holiday.Day)]
            : before?.Holidays ?? [];

        // A first list is there to be looked for.
        return new DayCalendar(
            0, request.TeamId, true, request.HasHolidaysOn ? request.HolidaysOn : before?.HolidaysOn ?? holidays.Count > 0,
            request.HasMonthEndsOn ? request.MonthEndsOn : before?.MonthEndsOn ?? false, holidays, request.Note, default, "");
    }

    private static DayCalendar Removed(TeamCalendars known, RemoveCalendarRequest request) => known.ByTeam.TryGetValue(request.TeamId, out var own)
        ? own with { Active = false, Note = request.Note }
        : throw RpcErrors.NotFound(
            Reasons.CalendarNotFound,
            request.TeamId.Length == 0 ? "The organisation has no calendar." : $"Team '{Validation.Shown(request.TeamId)}' has no calendar of its own; where there is one, it has the organisation's.");

    private static DateOnly DayOf(CalendarHoliday holiday) => PlanRow.TryDate(holiday.Day, out var day) ? day : default;

    private static IEnumerable<string> Problems(SetCalendarRequest request)
    {
        if (request is { Holidays: null, HasHolidaysOn: false, HasMonthEndsOn: false })
        {
            yield return "Nothing would be changed: give holidays, holidays_on or month_ends_on.";
        }

        if (Validation.Text("note", request.Note, 0, MostNote) is { } note)
        {
            yield return note;
        }

        if (request.Holidays?.Days.Count > MostHolidays)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"holidays must be at most {MostHolidays}; there are {request.Holidays.Days.Count}.");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var holiday in request.Holidays?.Days ?? [])
        {
            if (!PlanRow.TryDate(holiday.Day, out _))
            {
                yield return $"holidays: '{Validation.Shown(holiday.Day)}' is no day of the years 2000 to 2199 such as 2026-12-25.";
            }
            else if (!seen.Add(holiday.Day))
            {
                yield return $"holidays: {holiday.Day} is there twice.";
            }

            if (Validation.Name($"holidays: the name of {Validation.Shown(holiday.Day)}", holiday.Name, 0, 100) is { } name)
            {
                yield return name;
            }
        }
    }
}
