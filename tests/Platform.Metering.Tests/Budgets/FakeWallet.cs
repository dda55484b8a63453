using System.Collections.Concurrent;
using Grpc.Core;
using Platform.Contracts;
using Platform.Metering.Budgets;
using Platform.Metering.Tests.Budgets;

namespace Platform.Metering.Tests;

/// <summary>Wallet as budgets need it: keys that replaced others, and caps by id. It can be away, refuse, or lose its answer.</summary>
internal sealed class FakeWallet : IKeySource, IBudgetCaps
{
    public ConcurrentDictionary<string, string> Replaces { get; } = new();

    public ConcurrentDictionary<string, long> Caps { get; } = new();

    /// <summary>Every change that arrived, in order, as "set team_support 5" or "remove cap".</summary>
    public ConcurrentQueue<string> Told { get; } = new();

    /// <summary>What a cap counts as used.</summary>
    public long UsedNanos { get; set; }

    public bool IsAway { get; set; }

    /// <summary>Does what it is asked, and the answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    public string? Refusal { get; set; }

    public Task<IReadOnlyCollection<(string KeyId, string Replaces)>> ReadKeysAsync(CancellationToken cancellationToken)
    {
        Answer();
        return Task.FromResult<IReadOnlyCollection<(string KeyId, string Replaces)>>([.. Replaces.Select(pair => (pair.Key, pair.Value))]);
    }

    public Task<(string CapId, long UsedNanos)> SetAsync(BudgetRow budget, long amountNanos, string currency, CancellationToken cancellationToken)
    {
        Answer();
        Told.Enqueue($"set {budget.BudgetId} {amountNanos / BudgetTime.Cent} {budget.CapRevision}");
        Caps[Id(budget)] = amountNanos;
        return LosesAnswers ? throw Unavailable() : Task.FromResult((Id(budget), UsedNanos));
    }

    public Task<string> RemoveAsync(BudgetRow budget, CancellationToken cancellationToken)
    {
        Answer();
        Told.Enqueue($"remove {budget.BudgetId} {budget.CapRevision}");
        return Task.FromResult(Caps.TryRemove(Id(budget), out _) ? Id(budget) : "");
    }

    public Task<IReadOnlyDictionary<string, long>> ListAmountsAsync(CancellationToken cancellationToken)
    {
        Answer();
        return Task.FromResult<IReadOnlyDictionary<string, long>>(Caps);
    }

    private static string Id(BudgetRow budget) => $"cap_{budget.BudgetId}";

    private void Answer()
    {
        if (IsAway)
        {
            throw Unavailable();
        }

        if (Refusal is { } refusal)
        {
            throw RpcErrors.NotFound(Reasons.TeamNotFound, refusal);
        }
    }

    private static RpcException Unavailable() => new(new Status(StatusCode.Unavailable, "Wallet is away."));
}
