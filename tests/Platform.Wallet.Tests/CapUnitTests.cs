using Platform.Wallet.Controls;

namespace Platform.Wallet.Tests;

public sealed class CapUnitTests
{
    /// <summary>Each line: accounts as used/limit ("-" for a removed cap) in the order of their ids from 1 | amount → who refuses and what is left there.</summary>
    [Theory]
    [InlineData("0/100", 100, "passes")]
    [InlineData("0/100", 101, "1 left 100")]
    [InlineData("40/100", 61, "1 left 60")]
    [InlineData("100/100", 1, "1 left 0")]
    [InlineData("120/100", 1, "1 left 0")]
    [InlineData("0/100 45/50", 6, "2 left 5")]
    [InlineData("0/100 45/50", 5, "passes")]
    [InlineData("95/100 45/50", 6, "1 left 5")]
    [InlineData("500/-", 1, "passes")]
    [InlineData("500/- 45/50", 6, "2 left 5")]
    [InlineData("", 1, "passes")]
    [InlineData("0/9223372036854775807", 9223372036854775807, "passes")]
    public void An_amount_passes_when_every_cap_leaves_it(string accounts, long amount, string expected)
    {
        var unit = Unit(accounts, out var ids);
        var refusal = unit.Refusal(ids, amount);
        Assert.Equal(expected, refusal is null ? "passes" : $"{refusal.AccountId} left {refusal.Left}");
    }

    [Fact]
    public void What_is_given_back_can_be_debited_again_in_the_same_unit()
    {
        var unit = Unit("100/100 10/50", out var ids);
        unit.GiveBack([1], 30);
        Assert.Null(unit.Refusal(ids, 30));
        unit.Debit(ids, 30);
        Assert.Equal(1, unit.Refusal(ids, 1)?.AccountId);
        Assert.Equal([new KeyValuePair<long, long>(2, 30)], unit.Changes);
    }

    private static CapUnit Unit(string accounts, out long[] ids)
    {
        var rows = accounts.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((text, index) => (text.Split('/'), index + 1L)).Select(row => new CapAccount(
            row.Item2, $"cap_{row.Item2}", DateTimeOffset.UnixEpoch, row.Item1[1] == "-" ? null : long.Parse(row.Item1[1]), long.Parse(row.Item1[0]))).ToList();
        ids = [.. rows.Select(row => row.AccountId)];
        return new CapUnit(rows);
    }
}
