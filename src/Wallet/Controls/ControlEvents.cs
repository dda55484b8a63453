using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Ledger;
using WalletPolicy = Platform.Wallet.Ledger.WalletPolicy;

namespace Platform.Wallet.Controls;

/// <summary>The events of changed controls, each owed in the transaction of its change: spend may be otherwise from that moment on.</summary>
internal static class ControlEvents
{
    /// <summary>Null when the same passes as before: a cap that is set once more as it is.</summary>
    /// <param name="before">As it stood; null for a new one.</param>
    /// <param name="teamId">Whose calls it limits; empty: not one team's alone.</param>
    public static OwedEvent? OfCap(CapRow? before, CapRow cap, string teamId, string currency)
    {
        var change = (before is { Active: true }, cap.Active) switch
        {
            (false, true) => "set",
            (true, false) => "removed",
            (true, true) when before!.Amount != cap.Amount => "changed",
            _ => null,
        };
        return change is null ? null : Owed(cap.ChangedAt, id => new CapChanged(
            id, cap.CapId, change, cap.Scope.ToString().ToLowerInvariant(), cap.ScopeId, teamId, cap.Amount,
            change == "changed" ? before!.Amount : 0, currency, cap.Period.ToString().ToLowerInvariant(), cap.TimeZone, cap.Source, cap.Description, cap.ChangedBy,
            cap.ChangedAt));
    }

    /// <param name="subject">wallet, team or key.</param>
    public static OwedEvent OfFreeze(string subject, string subjectId, string teamId, bool frozen, string description, string actor, DateTimeOffset now) =>
        Owed(now, id => new FreezeChanged(id, subject, subjectId, teamId, frozen, description, actor, now));

    /// <summary>Null when nothing but the freeze is otherwise.</summary>
    public static OwedEvent? OfPolicy(WalletAccounts wallet, WalletPolicy policy, string actor, DateTimeOffset now)
    {
        WalletPolicyChangeItem[] changes = [.. Settings(wallet.Policy).Zip(Settings(policy))
            .Where(pair => pair.First.Value != pair.Second.Value)
            .Select(pair => new WalletPolicyChangeItem(pair.First.Name, pair.First.Value, pair.Second.Value))];
        return changes.Length == 0 ? null : Owed(now, id => new WalletPolicyChanged(
            id, wallet.WalletId, wallet.TeamId, wallet.UserId, wallet.ApplicationId, changes, actor, now));
    }

    /// <summary>Nothing for null.</summary>
    public static async Task OweAsync(NpgsqlTransaction transaction, OwedEvent? owed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (owed is { } one)
        {
            await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
            Outbox.AddTo(batch, [one], now);
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static OwedEvent Owed(DateTimeOffset now, Func<Guid, object> make)
    {
        var id = Guid.CreateVersion7(now);
        return new OwedEvent(id, make(id), Activity.Current?.Id);
    }

    // As SetWalletPolicy names them.
    private static IEnumerable<(string Name, string Value)> Settings(WalletPolicy policy) =>
    [
        ("observe", policy.Observe ? "true" : "false"),
        ("overflow_to_parent", policy.OverflowToParent ? "true" : "false"),
        ("empty_wait_seconds", policy.EmptyWaitSeconds.ToString(CultureInfo.InvariantCulture)),
        ("low_percents", policy.LowPercents.Count == 0 ? "none" : string.Join(", ", policy.LowPercents)),
    ];
}
