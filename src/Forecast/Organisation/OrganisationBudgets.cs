using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Forecast.Organisation;

/// <summary>Budgets, asked of Metering. Without its answer the call is UNAVAILABLE (DEPENDENCY_UNAVAILABLE): an answer without budgets would say that there are none.</summary>
internal sealed class OrganisationBudgets(Budgets.BudgetsClient budgets, TimeProvider time)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Active ones whose scope names the team; all for an empty id.</summary>
    public async Task<IReadOnlyList<BudgetView>> ListAsync(string teamId, CancellationToken cancellationToken)
    {
        try
        {
            var options = new CallOptions(deadline: (time.GetUtcNow() + AnswerLimit).UtcDateTime, cancellationToken: cancellationToken);
            return (await budgets.ListBudgetsAsync(new ListBudgetsRequest { TeamId = teamId }, options)).Budgets;
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            throw RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, "The Metering service, which has the budgets, does not answer. Try again shortly.");
        }
    }
}
