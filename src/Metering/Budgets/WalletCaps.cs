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

    /// <summary>Corrects what the budget's cap is said to miss of the period in which it began to count. A cap that is gone or has another amount stays as it is.</summary>
    /// <param name="settledNanos">Of the cap, read before what is spent was.</param>
    /// <exception cref="Grpc.Core.RpcException">As for <see cref="SetAsync"/>.</exception>
    Task CorrectAsync(
        BudgetRow budget, long spentNanos, DateTimeOffset spentUntil, long settledNanos, string currency, CancellationToken cancellationToken);

    /// <summary>Active caps by id.</summary>
    Task<IReadOnlyDictionary<string, KeptCap>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A cap as Wallet keeps it.</summary>
/// <param name="Source">Whose it is when it is not made by people.</param>
/// <param name="UncountedNanos">Spent in the period that ends at <paramref name="UncountedUntil"/> and not counted, as far as Wallet was told.</param>
/// <param name="SettledNanos">Spent from what it counts, in that period.</param>
/// <param name="UncountedUntil">Null while nobody has said it.</param>
internal sealed record KeptCap(long AmountNanos, string Source = "", long UncountedNanos = 0, long SettledNanos = 0, DateTimeOffset? UncountedUntil = null)
{
    /// <summary>The source of a budget's cap.</summary>
    public static string SourceOf(BudgetRow budget) => $"budget {budget.BudgetId}";
}

/// <summary>Asks Wallet under this service's own token. A cap's source is its budget, so it stands beside those that people set.</summary>
internal sealed class WalletCaps(ControlsClient controls, TimeProvider time) : IBudgetCaps
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<string> SetAsync(BudgetRow budget, long spentNanos, DateTimeOffset spentUntil, string currency, CancellationToken cancellationToken)
    {
        var request = Request(budget, spentNanos, spentUntil, currency, Key(budget, $"{budget.AmountNanos}/{spentNanos}"));
        return (await controls.SetCapAsync(request, deadline: Deadline(), cancellationToken: cancellationToken)).CapId;
    }

    public async Task CorrectAsync(
        BudgetRow budget, long spentNanos, DateTimeOffset spentUntil, long settledNanos, string currency, CancellationToken cancellationToken)
    {
        // A key of its own each time: the same figures may come again after others, and are to be heard then.
        var request = Request(budget, spentNanos, spentUntil, currency, Key(budget, $"correct/{Guid.CreateVersion7(time.GetUtcNow())}"));
        request.SettledNanos = settledNanos;
        await controls.SetCapAsync(request, deadline: Deadline(), cancellationToken: cancellationToken);
    }

    public async Task<string> RemoveAsync(BudgetRow budget, CancellationToken cancellationToken)
    {
        // Found by its source, because whoever set it may have died before its id was kept.
        var (scope, scopeId) = Scope(budget.Scope);
        if ((await ListAsync(scope, scopeId, cancellationToken)).FirstOrDefault(cap => cap.Source == KeptCap.SourceOf(budget)) is not { } cap)
        {
            return "";
        }

        await controls.RemoveCapAsync(
            new RemoveCapRequest { CapId = cap.CapId, IdempotencyKey = Key(budget, "remove") }, deadline: Deadline(), cancellationToken: cancellationToken);
        return cap.CapId;
    }

    public async Task<IReadOnlyDictionary<string, KeptCap>> ListAsync(CancellationToken cancellationToken) =>
        (await ListAsync(CapScope.Unspecified, "", cancellationToken)).ToDictionary(
            cap => cap.CapId, cap => new KeptCap(cap.AmountNanos, cap.Source, cap.UncountedNanos, cap.SettledNanos, cap.UncountedUntil.ToMoment()));

    private Task<List<Cap>> ListAsync(CapScope scope, string scopeId, CancellationToken cancellationToken) => PageRequest.ReadAllAsync<Cap>(async token =>
    {
        var request = new ListCapsRequest { Scope = scope, ScopeId = scopeId, PageSize = PageRequest.LargestSize, PageToken = token };
        var page = await controls.ListCapsAsync(request, deadline: Deadline(), cancellationToken: cancellationToken);
        return (page.Caps, page.NextPageToken);
    });

    private static SetCapRequest Request(BudgetRow budget, long spentNanos, DateTimeOffset spentUntil, string currency, string key)
    {
        var (scope, scopeId) = Scope(budget.Scope);
        return new SetCapRequest
        {
            Scope = scope,
            ScopeId = scopeId,
            Period = (CapPeriod)budget.Period,
            TimeZone = budget.TimeZone,
            AmountNanos = budget.AmountNanos,
            Currency = currency,
            Source = KeptCap.SourceOf(budget),
            Description = $"Hard limit of budget {budget.Name}",
            SpentNanos = spentNanos,
            SpentUntil = spentUntil.ToTimestampUtc(),
            IdempotencyKey = key,
        };
    }

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
