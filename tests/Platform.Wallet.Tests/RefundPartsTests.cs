using CsCheck;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests;

public sealed class RefundPartsTests
{
    [Theory]
    [InlineData(10, "team:10")]
    [InlineData(11, "team:10 bot:1")]
    [InlineData(41, "team:10 ann:14 bob:2 bot:15")]
    [InlineData(73, "team:10 ann:30 bob:3 bot:30")]
    [InlineData(74, null)]
    [InlineData(80, "team:10 ann:30 bob:3 bot:30 organisation:7", RefundReach.Organisation)]
    [InlineData(94, null, RefundReach.Organisation)]
    [InlineData(10, "team:10", RefundReach.Charged)]
    [InlineData(11, null, RefundReach.Charged)]
    public void What_its_wallet_has_not_spent_goes_to_the_others_of_the_team_by_what_they_have_and_to_the_organisation_last(long amount, string? expected, object? reach = null)
    {
        var team = Wallet("team", 10);
        var parts = RefundParts.Of(
            amount, team, "team", (RefundReach)(reach ?? RefundReach.Team),
            [
                Wallet("organisation", 20) with { TeamId = "" }, team, Wallet("bot", 30) with { ApplicationId = "bot" }, Wallet("ann", 30) with { UserId = "ann" },
                Wallet("bob", 3) with { UserId = "bob" }, Wallet("eve", 0) with { UserId = "eve" }, Wallet("other", 90) with { TeamId = "other" },
            ]);
        Assert.Equal(
            expected, parts is null ? null : string.Join(' ', parts.Select(part => $"{part.WalletId}:{part.Amount}")));
    }

    [Fact]
    public void Parts_add_up_and_none_is_more_than_its_wallet_has_spent() => Gen.Select(Gen.Long[0, long.MaxValue / 8].Array[1, 7], Gen.Double[0, 1]).Sample((spent, share) =>
    {
        var wallets = spent.Select((nanos, index) => Wallet($"u{index}", nanos) with { UserId = $"u{index}" }).ToList();
        var amount = Math.Clamp((long)(spent.Sum() * share), Math.Min(1, spent.Sum()), spent.Sum());
        if (amount == 0)
        {
            return;
        }

        var parts = RefundParts.Of(amount, wallets[0], "team", RefundReach.Team, wallets)!;
        Assert.Equal(amount, parts.Sum(part => part.Amount));
        Assert.All(parts, part => Assert.InRange(part.Amount, 1, wallets.Single(wallet => wallet.WalletId == part.WalletId).Spent));
        Assert.Null(RefundParts.Of(spent.Sum() + 1, wallets[0], "team", RefundReach.Team, wallets));
    });

    private static WalletAccounts Wallet(string id, long spent) => WalletAccounts.New(id, "team", id, "USD", "") with { Spent = spent };
}
