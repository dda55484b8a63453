using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.SpecialDays;

/// <summary>Calendars on the wire. What they change is the official forecast: as who may publish it.</summary>
internal sealed class CalendarsService(ChangeCalendar change, ListCalendars list) : ForecastCalendars.ForecastCalendarsBase
{
    [RequireRole(Role.BillingAdmin)]
    public override Task<ForecastCalendar> SetCalendar(SetCalendarRequest request, ServerCallContext context) =>
        change.SetAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<ForecastCalendar> RemoveCalendar(RemoveCalendarRequest request, ServerCallContext context) =>
        change.RemoveAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListCalendarsResponse> ListCalendars(ListCalendarsRequest request, ServerCallContext context) => list.RunAsync(request, context.CancellationToken);
}
