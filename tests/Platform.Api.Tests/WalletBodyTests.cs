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

    [Fact]
    public void A_page_of_wallets_is_told_with_its_sums_as_people_know_them() => Assert.Equal(
        """
        {"wallets":[],"next_page_token":"next","totals":{"wallets":3,"balance":0.000000009,"reserved":0.000000003,"suspense":0.000000001,"total_spent":0.000000004,"overage":0.000000006}}
        """,
        Json(WalletsBody.From(new ListWalletsRequest { WithTotals = true }, new ListWalletsResponse
        {
            NextPageToken = "next",
            Totals = new WalletTotals { Wallets = 3, AvailableNanos = 7, HeldNanos = 5, LeasedUndrawnNanos = 2, SuspenseNanos = 1, SpentNanos = 4, OverageNanos = 6 },
        })));

    /// <summary>A script that stops "the depleted" must not be told of all.</summary>
    [Fact]
    public void A_wallet_service_that_knows_no_filters_is_not_taken_for_one_that_does()
    {
        var all = new ListWalletsResponse { Wallets = { new WalletView(), new WalletView(), new WalletView() } };
        foreach (var asked in new ListWalletsRequest[] { new() { Statuses = { WalletStatus.Depleted }, PageSize = 10 }, new() { Frozen = false }, new() { PageToken = "next", PageSize = 2 } })
        {
            var exception = Assert.Throws<Grpc.Core.RpcException>(() => WalletsBody.From(asked, all));
            Assert.Equal("The Wallet service is of an earlier version, which knows no filters and pages of wallets. Upgrade it.", exception.Status.Detail);
        }

        Assert.Equal(3, WalletsBody.From(new ListWalletsRequest { TeamId = "a" }, all).Wallets.Count);
        Assert.False(WalletsBody.Telling(new ListWalletsRequest { TeamId = "a" }).WithTotals);

        var page = new ListWalletsResponse { Wallets = { new WalletView() }, Totals = new WalletTotals { Wallets = 1 } };
        Assert.True(WalletsBody.Telling(new ListWalletsRequest { Frozen = true }).WithTotals);
        Assert.Null(WalletsBody.From(new ListWalletsRequest { Frozen = true }, page).Totals);
    }

    [Fact]
    public void What_is_asked_of_wallets_is_passed_on()
    {
        Assert.Equal(new ListWalletsRequest(), new WalletQuery(null, null, null, null, null, null, null, null, null, null).ToRequest());
        Assert.Equal(
            new ListWalletsRequest
            {
                TeamId = "a", Scopes = { WalletScope.User, WalletScope.Application }, Statuses = { WalletStatus.Low, WalletStatus.Depleted }, Frozen = false, NeedsAction = true, Search = "An",
                Order = WalletOrder.Left, PageSize = 7, PageToken = "next", WithTotals = true,
            },
            new WalletQuery("a", "user, application", "low,depleted", false, true, "An", "left", 7, "next", true).ToRequest());
        Assert.Equal("There is no scope 'planet'; it is one of organisation, team, user, application.", Refusal(new(null, "user,planet", null, null, null, null, null, null, null, null)));
        Assert.Equal("There is no status 'Low'; it is one of healthy, low, depleted.", Refusal(new(null, null, "Low", null, null, null, null, null, null, null)));
        Assert.Equal("There is no order 'name'; it is one of id, left, held.", Refusal(new(null, null, null, null, null, null, "name", null, null, null)));

        static string Refusal(WalletQuery query) => Assert.Throws<Grpc.Core.RpcException>(query.ToRequest).Status.Detail;
    }

    private static string Json<T>(T body)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ApiApp.ConfigureJson(options);
        return JsonSerializer.Serialize(body, options);
    }
}
