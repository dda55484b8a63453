using System.Text.Json;
using Platform.Api.Wallets;
using Platform.Contracts.Wallet.V1;

namespace Platform.Api.Tests;

/// <summary>What REST answers of a wallet, to the letter.</summary>
public sealed class WalletBodyTests
{
    [Fact]
    public void Cap_is_told_with_what_of_used_is_not_drawn_where_that_is_known()
    {
        var cap = new Cap { CapId = "cap_1", UsedNanos = 9, LeftNanos = 1 };
        Assert.Contains("\"used\":0.000000009,\"undrawn\":null,", Json(CapBody.From(cap)), StringComparison.Ordinal);
        cap.UndrawnNanos = 0;
        Assert.Contains("\"used\":0.000000009,\"undrawn\":0.000000000,", Json(CapBody.From(cap)), StringComparison.Ordinal);
        cap.UndrawnNanos = 4;
        Assert.Contains("\"used\":0.000000009,\"undrawn\":0.000000004,", Json(CapBody.From(cap)), StringComparison.Ordinal);
    }

    [Fact]
    public void Wallet_is_told_with_all_of_its_policy() => Assert.Equal(
        """
        {"wallet_id":"wal_a","scope":"team","team_id":"a","user_id":"","application_id":"","parent_id":"wal_organisation","name":"A","currency":"USD","balance":0.000000009,"reserved":0.000000003,"suspense":0.000000000,"total_allocated":0.000000012,"moved_out":0.000000000,"total_spent":0.000000000,"overage":0.000000000,"status":"healthy","frozen":false,"observe":true,"overflow_to_parent":true,"empty_wait_seconds":5,"low_percents":[50,20]}
        """,
        Json(WalletBody.From(new WalletView
        {
            WalletId = "wal_a", Scope = WalletScope.Team, TeamId = "a", ParentId = "wal_organisation", Name = "A", Currency = "USD", AvailableNanos = 7, HeldNanos = 5,
            LeasedUndrawnNanos = 2, CreditedNanos = 12, Status = WalletStatus.Healthy,
            Policy = new WalletPolicy { Observe = true, OverflowToParent = true, EmptyWaitSeconds = 5, LowPercents = { 50, 20 } },
        })));

    private static string Json<T>(T body)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ApiApp.ConfigureJson(options);
        return JsonSerializer.Serialize(body, options);
    }
}
