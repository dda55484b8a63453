using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Accuracy;

/// <summary>How published forecasts did, on the wire.</summary>
internal sealed class AccuracyService(GetAccuracy getAccuracy) : Contracts.Forecast.V1.Accuracy.AccuracyBase
{
    [RequireRole(Role.Viewer)]
    public override Task<AccuracyReport> GetAccuracy(GetAccuracyRequest request, ServerCallContext context) => getAccuracy.RunAsync(request, context.CancellationToken);
}
