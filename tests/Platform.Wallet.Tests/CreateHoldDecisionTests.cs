using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>
/// A bound of 100 USD nanos is asked for. Each line: the wallet with what is available and its policy | the organisation's, or none while it is not locked | what the
/// id was used for | what may still be tried → verdict, outcome, wallet, what is set aside, marks.
/// </summary>
public sealed class CreateHoldDecisionTests
{
    [Theory]
    [InlineData("none", "-", "-", "-", "Answer TeamNotFound - 0 None")]
    [InlineData("100 EUR", "-", "-", "-", "Answer CurrencyMismatch a 0 None")]
    [InlineData("100", "-", "-", "-", "Grant Held a 100 None")]
    [InlineData("101", "-", "-", "recall", "Grant Held a 100 None")]

    // A repeat, whatever is available now.
    [InlineData("0", "-", "sent a 100", "-", "Answer Exists a 0 None")]
    [InlineData("0", "-", "pending a 100", "-", "Answer Exists a 0 None")]
    [InlineData("0", "-", "reported a 100", "-", "Answer Exists a 0 None")]
    [InlineData("500 frozen", "-", "sent a 100", "-", "Answer Exists a 0 None")]
    [InlineData("500", "-", "sent a 99", "-", "Answer ExistsDifferent a 0 None")]
    [InlineData("500", "-", "sent b 100", "-", "Answer ExistsDifferent a 0 None")]
    [InlineData("500", "-", "sent a/user 100", "-", "Answer ExistsDifferent a 0 None")]
    [InlineData("500", "-", "released a 99", "-", "Answer ExistsDifferent a 0 None")]
    [InlineData("500", "-", "suspended a 100", "-", "Answer AlreadyEnded a 0 None")]
    [InlineData("500", "-", "posted a 100", "-", "Answer AlreadyEnded a 0 None")]
    [InlineData("500", "-", "released a 100", "-", "Answer AlreadyEnded a 0 None")]
    [InlineData("500", "-", "expired a 100", "-", "Answer AlreadyEnded a 0 None")]
    [InlineData("500", "-", "tombstone", "-", "Answer AlreadyEnded a 0 None")]
    [InlineData("500", "-", "denied InsufficientFunds", "-", "Answer InsufficientFunds a 0 None")]
    [InlineData("500", "-", "denied Frozen", "-", "Answer Frozen a 0 None")]
    [InlineData("100 EUR", "-", "sent a 100", "-", "Answer CurrencyMismatch a 0 None")]

    // Frozen comes before funds.
    [InlineData("500 frozen", "-", "-", "-", "Refuse Frozen a 0 None")]
    [InlineData("0 frozen overflow observe wait", "500", "-", "recall", "Refuse Frozen a 0 None")]

    // Too little: recall, overflow, observe, wait, refuse.
    [InlineData("99", "-", "-", "-", "Refuse InsufficientFunds a 0 None")]
    [InlineData("99", "-", "-", "recall", "Recall InsufficientFunds a 0 None")]
    [InlineData("99 overflow observe wait", "-", "-", "recall", "Recall InsufficientFunds a 0 None")]
    [InlineData("99 overflow observe wait", "-", "-", "-", "LockOrganisation InsufficientFunds a 0 None")]
    [InlineData("99 overflow observe wait", "100", "-", "-", "Grant Held organisation 100 Overflow")]
    [InlineData("100 overflow", "100", "-", "-", "Grant Held a 100 None")]
    [InlineData("99 overflow", "99", "-", "-", "Refuse InsufficientFunds a 0 None")]
    [InlineData("99 overflow", "500 frozen", "-", "-", "Refuse InsufficientFunds a 0 None")]
    [InlineData("99 overflow observe wait", "99", "-", "-", "Grant Held a 99 Observed")]
    [InlineData("0 observe", "-", "-", "-", "Grant Held a 0 Observed")]
    [InlineData("99 wait", "-", "-", "-", "Wait InsufficientFunds a 0 None")]
    [InlineData("99 wait", "-", "-", "9.9 s", "Wait InsufficientFunds a 0 None")]
    [InlineData("99 wait", "-", "-", "10 s", "Refuse InsufficientFunds a 0 None")]
    [InlineData("99 wait", "-", "-", "gave up", "Refuse InsufficientFunds a 0 None")]
    [InlineData("99 overflow wait", "99", "-", "-", "Wait InsufficientFunds a 0 None")]
    public void A_request_for_a_hold_is_decided(string wallet, string organisation, string known, string chances, string expected)
    {
        var waited = chances.EndsWith(" s", StringComparison.Ordinal) ? TimeSpan.FromSeconds(double.Parse(chances[..^2])) : TimeSpan.Zero;
        var facts = new CreateHoldFacts(
            wallet == "none" ? null : Wallet("wal_a", wallet), organisation == "-" ? null : Wallet(WalletAccounts.OrganisationId, organisation), Existing(known),
            known.StartsWith("denied", StringComparison.Ordinal) ? Enum.Parse<HoldOutcome>(known.Split(' ')[1]) : null,
            null, chances == "recall", waited, chances == "gave up");

        var decision = CreateHoldDecision.Decide(new HoldDemand(Guid.CreateVersion7(), "a", "", "", 100, "USD"), facts);

        Assert.Equal(
            expected,
            $"{decision.Verdict} {decision.Outcome} {decision.Wallet?.WalletId["wal_".Length..] ?? "-"} {decision.Held} {decision.Marks}");
    }

    private static WalletAccounts Wallet(string walletId, string text)
    {
        var words = text.Split(' ');
        return WalletAccounts.New(walletId, "a", "A", words.Contains("EUR") ? "EUR" : "USD", "") with
        {
            Available = long.Parse(words[0]),
            Policy = new Ledger.WalletPolicy(
                words.Contains("frozen"), words.Contains("observe"), words.Contains("overflow"), (short)(words.Contains("wait") ? 10 : 0), [20]),
        };
    }

    private static HoldSnapshot? Existing(string text)
    {
        var words = text.Split(' ');
        if (words[0] is "-" or "denied")
        {
            return null;
        }

        if (words[0] == "tombstone")
        {
            return new HoldSnapshot(Guid.CreateVersion7(), null, 0, 0, HoldState.Released, null, "", null, null, default);
        }

        var owner = words[1].Split('/');
        return new HoldSnapshot(
            Guid.CreateVersion7(), "wal_a", long.Parse(words[2]), 0, Enum.Parse<HoldState>(words[0], ignoreCase: true), null, "", null, null, default)
        {
            TeamId = owner[0], UserId = owner.Length > 1 ? owner[1] : "",
        };
    }
}
