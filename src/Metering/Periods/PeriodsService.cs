using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Periods;

/// <summary>Billing periods on the wire.</summary>
internal sealed partial class PeriodsService(ListPeriods listPeriods, ClosePeriod closePeriod, ILogger<PeriodsService> log)
    : Contracts.Metering.V1.Periods.PeriodsBase
{
    [RequireRole(Role.Viewer)]
    public override Task<ListPeriodsResponse> ListPeriods(ListPeriodsRequest request, ServerCallContext context) =>
        listPeriods.RunAsync(context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override async Task<Period> ClosePeriod(ClosePeriodRequest request, ServerCallContext context)
    {
        var period = await closePeriod.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken);
        LogClosed(period.Name, period.ClosedBy);
        return period;
    }

    [LoggerMessage(LogLevel.Information, "Period {Period} is closed, by key {KeyId}.")]
    private partial void LogClosed(string period, string keyId);
}
