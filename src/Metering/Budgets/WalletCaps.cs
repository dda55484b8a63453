using System.Globalization;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using ControlsClient = Platform.Contracts.Wallet.V1.Controls.ControlsClient;

namespace Platform.Metering.Budgets;

/// <summary>Caps of budgets in Wallet, over the network.</summary>
internal interface IBudgetCaps
{
    /// <summary>Makes the budget's cap, or gives it another amount. Answers its id and what it counts as used in its current period.</summary>
    /// <exception cref="Grpc.Core.RpcException">Wallet refuses, or does not answer.</exception>
    Task<(string CapId, long UsedNanos)> SetAsync(BudgetRow budget, long amountNanos, string currency, CancellationToken cancellationToken);

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

    public async Task<(string CapId, long UsedNanos)> SetAsync(BudgetRow budget, long amountNanos, string currency, CancellationToken cancellationToken)
    {
        var (scope, scopeId) = Scope(budget.Scope);
        var request = new SetCapRequest
        {
            Scope = scope,
            ScopeId = scopeId,
            Period = (CapPeriod)budget.Period,
            TimeZone = budget.TimeZone,
            AmountNanos = amountNanos,
            Currency = currency,
            Source = Source(budget),
            Description = $"Hard limit of budget {budget.Name}",
            IdempotencyKey = Key(budget, amountNanos),
        };
        var cap = await controls.SetCapAsync(request, deadline: Deadline(), cancellationToken: cancellationToken);
        return (cap.CapId, cap.UsedNanos);
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
            new RemoveCapRequest { CapId = cap.CapId, IdempotencyKey = Key(budget, 0) }, deadline: Deadline(), cancellationToken: cancellationToken);
        return cap.CapId;
    }

    public async Task<IReadOnlyDictionary<string, long>> ListAmountsAsync(CancellationToken cancellationToken) =>
        (await controls.ListCapsAsync(new ListCapsRequest(), deadline: Deadline(), cancellationToken: cancellationToken))
            .Caps.ToDictionary(cap => cap.CapId, cap => cap.AmountNanos);

    private static string Source(BudgetRow budget) => $"budget {budget.BudgetId}";

    private static string Key(BudgetRow budget, long amountNanos) =>
        string.Create(CultureInfo.InvariantCulture, $"budget/{budget.BudgetId}/{budget.CapRevision}/{amountNanos}");

    private static (CapScope Scope, string ScopeId) Scope(SpendScope scope) =>
        scope.TeamId.Length > 0 ? (CapScope.Team, scope.TeamId)
        : scope.UserId.Length > 0 ? (CapScope.User, scope.UserId)
        : scope.KeyId.Length > 0 ? (CapScope.Key, scope.KeyId)
        : (CapScope.Organisation, "");

    private DateTime Deadline() => time.GetUtcNow().UtcDateTime + Patience;
}
