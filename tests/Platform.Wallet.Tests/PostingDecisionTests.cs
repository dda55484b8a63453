using Platform.Contracts.Events;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests;

/// <summary>Each line: funding cost [correction] | hold | available overage of the wallet → source and moves. Leases have their own table.</summary>
public sealed class PostingDecisionTests
{
    [Theory]
    [InlineData("leased 40", "reported 40", "0 0", "Hold held>spent:40")]
    [InlineData("leased 40", "sent 100", "0 0", "Hold held>spent:40 held>available:60")]
    [InlineData("leased 140", "sent 100", "500 0", "Hold held>spent:100 overage>spent:40")]
    [InlineData("leased 40", "suspended 100", "0 0", "Hold suspense>spent:40 suspense>available:60")]
    [InlineData("leased 0", "sent 100", "0 0", "Hold held>available:100")]
    [InlineData("leased 40", "pending 100", "0 0", "Hold held>spent:40 held>available:60")]
    [InlineData("leased 40", "none", "100 0", "AvailableUnexpected available>spent:40")]
    [InlineData("leased 40", "released 0", "30 0", "AvailableUnexpected available>spent:30 overage>spent:10")]
    [InlineData("leased 40", "expired 0", "0 0", "AvailableUnexpected overage>spent:40")]
    [InlineData("leased 40", "posted 0", "100 0", "AvailableUnexpected available>spent:40")]
    [InlineData("leased 40 correction", "posted 0", "100 0", "Available available>spent:40")]
    [InlineData("leased 40 correction", "sent 100", "0 0", "Hold held>spent:40 held>available:60")]
    [InlineData("leased -40 correction", "posted 0", "100 0", "Refund spent>available:40")]
    [InlineData("leased -40 correction", "posted 0", "0 25", "Refund spent>available:40")]
    [InlineData("external 40", "none", "100 0", "Available available>spent:40")]
    [InlineData("external 40", "none", "30 0", "Available available>spent:30 overage>spent:10")]
    [InlineData("external 40", "sent 100", "30 0", "Available available>spent:30 overage>spent:10")]
    public void A_usage_record_is_taken_from(string usage, string hold, string wallet, string expected)
    {
        var words = usage.Split(' ');
        var balances = wallet.Split(' ');
        var item = new UsageMeteredItem(
            Guid.CreateVersion7(), Guid.CreateVersion7(), words[0], "a", "", "", "", "m", long.Parse(words[1]), "USD", 0, 0, false, default, default, null,
            words.Length > 2 ? Guid.CreateVersion7() : null);
        var snapshot = hold switch
        {
            "none" => null,
            _ => HoldDecisionTests.Hold(hold),
        };
        var accounts = new WalletAccounts("wal_a", "a", "A", "USD", long.Parse(balances[0]), 0, 0, 1_000, long.Parse(balances[1]), 0, 0);

        var decision = PostingDecision.Decide(item, snapshot, lease: null, accounts, isPosted: false);

        var moves = decision.Moves.Where(move => move.Amount > 0).Select(move => $" {move.From.ToString().ToLowerInvariant()}>{move.To.ToString().ToLowerInvariant()}:{move.Amount}");
        Assert.Equal(expected, $"{decision.Source}{string.Concat(moves)}");
    }

    [Theory]
    [InlineData(FundingClass.Leased, 5L, true)]
    [InlineData(FundingClass.External, 5L, true)]
    [InlineData(FundingClass.History, 5L, false)]
    [InlineData(FundingClass.Leased, null, false)]
    public void A_usage_record_posts_when_it_is_priced_and_no_history(string funding, long? cost, bool expected)
    {
        var item = new UsageMeteredItem(
            Guid.CreateVersion7(), Guid.CreateVersion7(), funding, "a", "", "", "", "m", cost, "USD", 0, 0, false, default, default, null, null);
        Assert.Equal(expected, PostingDecision.Posts(item));
    }
}
