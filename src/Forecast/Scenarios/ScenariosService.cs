using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Scenarios;

/// <summary>What-if scenarios on the wire.</summary>
internal sealed class ScenariosService(WhatIf whatIf) : Contracts.Forecast.V1.Scenarios.ScenariosBase
{
    [RequireRole(Role.Viewer)]
    public override Task<WhatIfAnswer> WhatIf(WhatIfRequest request, ServerCallContext context) => whatIf.RunAsync(request, request.Scenarios, context.CancellationToken);
}
