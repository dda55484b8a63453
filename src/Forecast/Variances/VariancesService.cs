using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Variances;

/// <summary>The bridge on the wire.</summary>
internal sealed class VariancesService(GetVariance getVariance) : Contracts.Forecast.V1.Variances.VariancesBase
{
    [RequireRole(Role.Viewer)]
    public override Task<VarianceReport> GetVariance(GetVarianceRequest request, ServerCallContext context) => getVariance.RunAsync(request, context.CancellationToken);
}
