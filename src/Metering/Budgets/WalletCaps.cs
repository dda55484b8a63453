using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using ControlsClient = Platform.Contracts.Wallet.V1.Controls.ControlsClient;

namespace Platform.Metering.Budgets;

/// <summary>Caps of budgets in Wallet, over the network.</summary>
internal interface IBudgetCaps
{
    /// <summary>Makes the budget's cap, or gives it another amount. Answers its id.</summary>
    /// <param name="spentNanos">In the period that ends at <paramref name="spentUntil"/>, so far: what of it a cap does not count that only begins to is taken off that period.</param>
    /// <exception cref="Grpc.Core.RpcException">Wallet refuses, or does not answer.</exception>
    Task<string> SetAsync(BudgetRow budget, long spentNanos, DateTimeOffset spentUntil, string currency, CancellationToken cancellationToken);

    /// <summary>Ends the budget's cap, if there is one. Answers its id; empty for none.</summary>
    /// <exception cref="Grpc.Core.RpcException">As for <see cref="SetAsync"/>.</exception>
    Task<string> RemoveAsync(BudgetRow budget, CancellationToken cancellationToken);

    /// <summary>Amounts of active caps in nano-units by id.</summary>
    Task<IReadOnlyDictionary<string, long>> ListAmountsAsync(CancellationToken cancellationToken);
}

/// <summary>Asks Wallet under this service's own token. A cap's source is its budget, so it stands beside those that people set.</summary>
internal sealed class WalletCaps(ControlsClient controls, TimeProvider time) : IBudgetCaps
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<string> SetAsync(BudgetRow budget, long spentNanos, DateTimeOffset spentUntil, string currency, CancellationToken cancellationToken)
    {
        var (scope, scopeId) = Scope(budget.Scope);
        var request = new SetCapRequest
        {
            Scope = scope,
            ScopeId = scopeId,
            Period = (CapPeriod)budget.Period,
            TimeZone = budget.TimeZone,
            AmountNanos = budget.AmountNanos,
            Currency = currency,
            Source = Source(budget),
            Description = $"Hard limit of budget {budget.Name}",
            SpentNanos = spentNanos,
            SpentUntil = spentUntil.ToTimestampUtc(),
            IdempotencyKey = Key(budget, $"{budget.AmountNanos}/{spentNanos}"),
        };
        return (await controls.SetCapAsync(request, deadline: Deadline(), cancellationToken: cancellationToken)).CapId;
    }

    public async Task<string> RemoveAsync(BudgetRow budget, CancellationToken cancellationToken)
    {
        // Found by its source, because whoever set it may have died before its id was kept.
        var (scope, scopeId) = Scope(budget.Scope);
        var kept = await controls.ListCapsAsync(new ListCapsRequest { Scope = scope, ScopeId = scopeId }, deadline: Deadline(), cancellationToken: cancellationToken);
        if (kept.Caps.FirstOrDefault(cap => cap.Source == Source(budget)) is not { } cap)
        {
            return "";
        }

        await controls.RemoveCapAsync(
            new RemoveCapRequest { CapId = cap.CapId, IdempotencyKey = Key(budget, "remove") }, deadline: Deadline(), cancellationToken: cancellationToken);
        return cap.CapId;
    }

    public async Task<IReadOnlyDictionary<string, long>> ListAmountsAsync(CancellationToken cancellationToken) =>
        (await controls.ListCapsAsync(new ListCapsRequest(), deadline: Deadline(), cancellationToken: cancellationToken))
            .Caps.ToDictionary(cap => cap.CapId, cap => cap.AmountNanos);

    private static string Source(BudgetRow budget) => $"budget {budget.BudgetId}";

    // What was spent is part of it: told again after a while it is another request, and Wallet decides on it as things stand by then.
    private static string Key(BudgetRow budget, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"budget/{budget.BudgetId}/{budget.CapRevision}/{what}");

    private static (CapScope Scope, string ScopeId) Scope(SpendScope scope) =>
        scope.TeamId.Length > 0 ? (CapScope.Team, scope.TeamId)
        : scope.UserId.Length > 0 ? (CapScope.User, scope.UserId)
        : scope.KeyId.Length > 0 ? (CapScope.Key, scope.KeyId)
        : (CapScope.Organisation, "");

    private DateTime Deadline() => time.GetUtcNow().UtcDateTime + Patience;
}
