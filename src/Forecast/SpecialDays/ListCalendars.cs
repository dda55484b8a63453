using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;

namespace Platform.Forecast.SpecialDays;

/// <summary>Answers the calendars that count, or how they came to be.</summary>
internal sealed class ListCalendars(CalendarStore store, OrganisationDirectory organisation)
{
    private const int DefaultLimit = 20;
    private const int MostLimit = 50;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; NOT_FOUND (TEAM_NOT_FOUND); UNAVAILABLE.</exception>
    public async Task<ListCalendarsResponse> RunAsync(ListCalendarsRequest request, CancellationToken cancellationToken)
    {
        if (request.Limit is < 0 or > MostLimit)
        {
            throw RpcErrors.InvalidArgument($"limit must be 1 to {MostLimit}, or 0 for {DefaultLimit}; it is {request.Limit}.");
        }

        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        return new ListCalendarsResponse { Calendars = { (await ReadAsync(request, cancellationToken)).Select(CalendarViews.ToWire) } };
    }

    private async Task<IEnumerable<DayCalendar>> ReadAsync(ListCalendarsRequest request, CancellationToken cancellationToken)
    {
        if (request.Changes)
        {
            return await store.ListChangesAsync(request.TeamId.Length == 0 ? null : request.TeamId, request.Limit == 0 ? DefaultLimit : request.Limit, cancellationToken);
        }

        var calendars = (await store.ReadAsync(cancellationToken)).ByTeam;
        return request.TeamId.Length == 0
            ? calendars.Values.OrderBy(calendar => calendar.TeamId, StringComparer.Ordinal)
            : new[] { calendars.GetValueOrDefault(request.TeamId) ?? calendars.GetValueOrDefault("") }.OfType<DayCalendar>();
    }
}
