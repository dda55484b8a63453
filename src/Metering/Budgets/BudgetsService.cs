using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Budgets;

/// <summary>Budgets on the wire: each method is an operation of its own.</summary>
internal sealed class BudgetsService(ListBudgets list, ReadBudgetDays readDays, SetBudget set, RemoveBudget remove, AcknowledgeBudget acknowledge, SnoozeBudget snooze)
    : Contracts.Metering.V1.Budgets.BudgetsBase
{
    [RequireRole(Role.Viewer)]
    public override Task<ListBudgetsResponse> ListBudgets(ListBudgetsRequest request, ServerCallContext context) => list.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<BudgetView> GetBudget(GetBudgetRequest request, ServerCallContext context) => list.GetAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<GetBudgetDaysResponse> GetBudgetDays(GetBudgetDaysRequest request, ServerCallContext context) => readDays.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<BudgetView> SetBudget(SetBudgetRequest request, ServerCallContext context) => set.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<BudgetView> RemoveBudget(RemoveBudgetRequest request, ServerCallContext context) =>
        remove.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<BudgetHistory> GetBudgetHistory(GetBudgetHistoryRequest request, ServerCallContext context) =>
        list.GetHistoryAsync(request, context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override Task<BudgetView> AcknowledgeBudget(AcknowledgeBudgetRequest request, ServerCallContext context) =>
        acknowledge.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<BudgetView> SnoozeBudget(SnoozeBudgetRequest request, ServerCallContext context) =>
        snooze.RunAsync(request, Actor(context), context.CancellationToken);

    private static string Actor(ServerCallContext context) => context.GetCaller().KeyId;
}
