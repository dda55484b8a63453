using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Metering.Budgets;

/// <summary>Budgets, and what one has crossed and what was done with it.</summary>
internal sealed class ListBudgets(NpgsqlDataSource dataSource, BudgetViews views, TeamDirectory organisation, TimeProvider time)
{
    private const int UsualLimit = 100;
    private const int MostEntries = 1_000;

    /// <exception cref="Grpc.Core.RpcException">
    /// INVALID_ARGUMENT (PAGE_TOKEN_INVALID; TOO_MANY_ROWS where no page is asked for and no caller could receive all); NOT_FOUND (TEAM_NOT_FOUND); UNAVAILABLE only where the asked
    /// team has no budget and Wallet does not say whether there is one.
    /// </exception>
    public async Task<ListBudgetsResponse> RunAsync(ListBudgetsRequest request, CancellationToken cancellationToken)
    {
        if (request.TeamId.Length > 0 && Validation.TeamId(request.TeamId) is { } problem)
        {
            throw RpcErrors.InvalidArgument(problem);
        }

        var page = PageRequest.OrWhole(request.PageSize, request.PageToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var found = await BudgetStore.ListAsync(connection, request.TeamId, request.IncludeRemoved, page?.After ?? "", page?.Limit ?? int.MaxValue, cancellationToken);
        if (found.Count == 0 && request.TeamId.Length > 0)
        {
            await organisation.RequireAsync([request.TeamId], cancellationToken);
        }

        var (budgets, next) = page?.Cut(found, budget => budget.BudgetId) ?? (found, "");
        var answer = new ListBudgetsResponse { Budgets = { await views.ReadAsync(connection, budgets, time.GetUtcNow(), cancellationToken) }, NextPageToken = next };
        return page is null ? WholeAnswers.Fitting(answer, budgets.Count, "budgets") : answer;
    }

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (BUDGET_NOT_FOUND).</exception>
    public async Task<BudgetView> GetAsync(GetBudgetRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var budget = ChangeBudget.Require(await BudgetStore.FindAsync(connection, request.BudgetId, cancellationToken), request.BudgetId);
        return (await views.ReadAsync(connection, [budget], time.GetUtcNow(), cancellationToken)).Single();
    }

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; NOT_FOUND (BUDGET_NOT_FOUND).</exception>
    public async Task<BudgetHistory> GetHistoryAsync(GetBudgetHistoryRequest request, CancellationToken cancellationToken)
    {
        if (request.Limit is < 0 or > MostEntries)
        {
            throw RpcErrors.InvalidArgument($"limit must be 1 to {MostEntries}, or 0 for {UsualLimit}; it is {request.Limit}.");
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var budgetId = ChangeBudget.Require(await BudgetStore.FindAsync(connection, request.BudgetId, cancellationToken), request.BudgetId).BudgetId;
        var limit = request.Limit == 0 ? UsualLimit : request.Limit;

        // One more than asked for says whether there are older ones.
        var crossings = await CrossingStore.ListAsync(connection, budgetId, limit + 1, cancellationToken);
        var rates = await RateStore.ListAsync(connection, budgetId, limit + 1, cancellationToken);
        var changes = await BudgetStore.ListChangesAsync(connection, budgetId, limit + 1, cancellationToken);
        return new BudgetHistory
        {
            Crossings = { crossings.Take(limit).Select(BudgetViews.ToContract) },
            Rates = { rates.Take(limit).Select(BudgetViews.ToContract) },
            Changes = { changes.Take(limit) },
            Currency = await organisation.GetCurrencyAsync(cancellationToken),
            HasOlder = Math.Max(crossings.Count, Math.Max(rates.Count, changes.Count)) > limit,
        };
    }
}
