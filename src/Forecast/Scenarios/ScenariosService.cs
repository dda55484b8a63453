using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Scenarios;

/// <summary>What-if scenarios on the wire.</summary>
internal sealed class ScenariosService(WhatIf whatIf, KeepScenarios keep, PromoteScenario promote) : Contracts.Forecast.V1.Scenarios.ScenariosBase
{
    [RequireRole(Role.Viewer)]
    public override async Task<WhatIfAnswer> WhatIf(WhatIfRequest request, ServerCallContext context)
    {
        var scenarios = request.Scenarios.ToList();
        foreach (var name in request.Saved.Take(ScenarioCheck.MostScenarios + 1))
        {
            scenarios.Add((await keep.GetAsync(name, context.GetCaller(), context.CancellationToken)).Scenario);
        }

        return await whatIf.RunAsync(request, scenarios, context.CancellationToken);
    }

    [RequireRole(Role.Editor)]
    public override Task<SavedScenario> SaveScenario(SaveScenarioRequest request, ServerCallContext context) =>
        keep.SaveAsync(request, context.GetCaller(), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListScenariosResponse> ListScenarios(ListScenariosRequest request, ServerCallContext context) => keep.ListAsync(context.GetCaller(), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<SavedScenario> GetScenario(GetScenarioRequest request, ServerCallContext context) =>
        keep.GetAsync(request.Name, context.GetCaller(), context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override Task<SavedScenario> RemoveScenario(RemoveScenarioRequest request, ServerCallContext context) =>
        keep.RemoveAsync(request, context.GetCaller(), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<PromotedScenario> PromoteScenario(PromoteScenarioRequest request, ServerCallContext context) =>
        promote.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken);
}
