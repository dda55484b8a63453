using Platform.Contracts.Events;

namespace Platform.Metering.Budgets;

/// <summary>What a scope takes in, and which parts of the platform know it.</summary>
internal static class SpendScopes
{
    /// <summary>Does the scope take in spend of these dimensions? An empty text names none.</summary>
    public static bool Includes(this SpendScope scope, SpendScope spend, IReadOnlyDictionary<string, string> tags) =>
        Matches(scope.TeamId, spend.TeamId) && Matches(scope.UserId, spend.UserId) && Matches(scope.KeyId, spend.KeyId)
        && Matches(scope.Provider, spend.Provider) && Matches(scope.Model, spend.Model) && Matches(scope.Workload, spend.Workload)
        && Matches(scope.Lane, spend.Lane)
        && (scope.TagKey.Length == 0 || (tags.TryGetValue(scope.TagKey, out var value) && value == scope.TagValue));

    /// <summary>The organisation, one team, one user or one key and nothing else: what Wallet can keep a cap of.</summary>
    public static bool CanBeCapped(this SpendScope scope) =>
        scope == new SpendScope() || scope == new SpendScope(TeamId: scope.TeamId) || scope == new SpendScope(UserId: scope.UserId)
        || scope == new SpendScope(KeyId: scope.KeyId);

    /// <summary>The organisation or one team and nothing else: its forecast is that of all such budgets.</summary>
    public static bool IsWhole(this SpendScope scope) => scope == new SpendScope(TeamId: scope.TeamId);

    private static bool Matches(string named, string spent) => named.Length == 0 || named == spent;
}
