using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Workloads;

/// <summary>Workload rules on the wire.</summary>
internal sealed class WorkloadsService(WorkloadRuleStore store, ChangeRules change, PreviewRule previewRule) : Contracts.Metering.V1.Workloads.WorkloadsBase
{
    [RequireRole(Role.Viewer)]
    public override async Task<WorkloadRules> ListRules(ListRulesRequest request, ServerCallContext context) =>
        new() { Rules = { (await store.ReadAsync(context.CancellationToken)).Rules } };

    [RequireRole(Role.BillingAdmin)]
    public override Task<WorkloadRules> SetRule(SetRuleRequest request, ServerCallContext context) =>
        change.SetAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<WorkloadRules> RemoveRule(RemoveRuleRequest request, ServerCallContext context) =>
        change.RemoveAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<RulePreview> PreviewRule(PreviewRuleRequest request, ServerCallContext context) =>
        previewRule.RunAsync(request, context.CancellationToken);
}
