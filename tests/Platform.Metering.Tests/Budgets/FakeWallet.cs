using System.Collections.Concurrent;
using Grpc.Core;
using Platform.Contracts;
using Platform.Metering.Budgets;
using Platform.Metering.Intake;
using Platform.Metering.Tests.Budgets;

namespace Platform.Metering.Tests;

/// <summary>Wallet as budgets need it: keys that replaced others, and caps by id. It can be away, refuse, or lose its answer.</summary>
internal sealed class FakeWallet : IKeySource, IBudgetCaps, ILeaseSource
{
    public ConcurrentDictionary<string, string> Replaces { get; } = new();

    public ConcurrentDictionary<string, long> Caps { get; } = new();

    /// <summary>Every change that arrived, in order, as "set team_support 5" or "remove cap".</summary>
    public ConcurrentQueue<string> Told { get; } = new();

    /// <summary>What caps say of themselves beside their amounts, by id; a cap without any was never said to miss anything.</summary>
    public ConcurrentDictionary<string, KeptCap> Counts { get; } = new();

    /// <summary>What was said to be spent with every "set", in order.</summary>
    public ConcurrentQueue<(long Nanos, DateTimeOffset Until)> Spent { get; } = new();

    public ConcurrentDictionary<Guid, KnownLease> Leases { get; } = new();

    public bool IsAway { get; set; }

    /// <summary>Does what it is asked, and the answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    public string? Refusal { get; set; }

    public Task<IReadOnlyCollection<(string KeyId, string Replaces)>> ReadKeysAsync(CancellationToken cancellationToken)
    {
        Answer();
        return Task.FromResult<IReadOnlyCollection<(string KeyId, string Replaces)>>([.. Replaces.Select(pair => (pair.Key, pair.Value))]);
    }

    public Task<KnownLease?> FindAsync(Guid leaseId, CancellationToken cancellationToken)
    {
        Answer();
        return Task.FromResult(Leases.GetValueOrDefault(leaseId));
    }

    public Task<string> SetAsync(BudgetRow budget, long spentNanos, DateTimeOffset spentUntil, string currency, CancellationToken cancellationToken)
    {
        Answer();
        Told.Enqueue($"set {budget.BudgetId} {budget.AmountNanos / BudgetTime.Cent} {budget.CapRevision}");
        Spent.Enqueue((spentNanos, spentUntil));
        Caps[Id(budget)] = budget.AmountNanos;
        return LosesAnswers ? throw Unavailable() : Task.FromResult(Id(budget));
    }

    public Task CorrectAsync(
        BudgetRow budget, long spentNanos, DateTimeOffset spentUntil, long settledNanos, string currency, CancellationToken cancellationToken)
    {
        Answer();
        Told.Enqueue($"correct {budget.BudgetId} {spentNanos / BudgetTime.Cent} - {settledNanos / BudgetTime.Cent}");
        Counts[Id(budget)] = Counts[Id(budget)] with { UncountedNanos = spentNanos - settledNanos };
        return LosesAnswers ? throw Unavailable() : Task.CompletedTask;
    }

    public Task<string> RemoveAsync(BudgetRow budget, CancellationToken cancellationToken)
    {
        Answer();
        Told.Enqueue($"remove {budget.BudgetId} {budget.CapRevision}");
        return Task.FromResult(Caps.TryRemove(Id(budget), out _) ? Id(budget) : "");
    }

    public Task<IReadOnlyDictionary<string, KeptCap>> ListAsync(CancellationToken cancellationToken)
    {
        Answer();
        return Task.FromResult<IReadOnlyDictionary<string, KeptCap>>(
            Caps.ToDictionary(cap => cap.Key, cap => (Counts.GetValueOrDefault(cap.Key) ?? new KeptCap(0)) with { AmountNanos = cap.Value, Source = cap.Key.Replace("cap_", "budget ", StringComparison.Ordinal) }));
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
