using Platform.Contracts.Metering.V1;

namespace Platform.Forecast.Organisation;

/// <summary>Budgets, asked of Metering. Without its answer the call is UNAVAILABLE (DEPENDENCY_UNAVAILABLE): an answer without budgets would say that there are none.</summary>
internal sealed class OrganisationBudgets(Budgets.BudgetsClient budgets, TimeProvider time)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Active ones whose scope names the team; all for an empty id.</summary>
    public async Task<IReadOnlyList<BudgetView>> ListAsync(string teamId, CancellationToken cancellationToken)
    {
        var request = new ListBudgetsRequest { TeamId = teamId };
        return (await Ask.ServiceAsync(time, AnswerLimit, "The Metering service, which has the budgets,", options => budgets.ListBudgetsAsync(request, options), cancellationToken)).Budgets;
    }
}
