using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;
using Platform.Dashboard.SignIn;

namespace Platform.Dashboard.Tests;

public sealed class SpendShareTests
{
    [Theory]
    [InlineData(1_100, 100, "+1,000 %")]
    [InlineData(1_101, 100, "> +1,000 %")]
    [InlineData(long.MaxValue, 1, "> +1,000 %")]
    [InlineData(0, 100, "−100 %")]
    public void What_was_next_to_nothing_before_has_no_millions_of_per_cent(long cost, long before, string change) =>
        Assert.Equal(change, new SpendShare("m", "M", new Money(cost), 1, 0, 1, new Money(before)).Change);

    [Fact]
    public void Shares_are_dearest_first_and_add_up_to_the_last_digit()
    {
        MonthSpends month = new(
        [
            new("small", new Money(1), 1, 0, Money.Zero), new("large", new Money(7), 5, 1, new Money(14)), new("gone", Money.Zero, 0, 0, new Money(10)),
        ], null);
        var shares = SpendShare.Of(month, model => model.ToUpperInvariant());
        Assert.Equal(
            [new SpendShare("large", "LARGE", new Money(7), 5, 1, 0.875m, new Money(14)), new SpendShare("small", "SMALL", new Money(1), 1, 0, 0.125m, Money.Zero)],
            shares);
        Assert.Equal(["−50 %", "new"], shares.Select(share => share.Change));
    }

    [Fact]
    public void What_is_not_told_apart_comes_last_and_counts()
    {
        MonthSpends month = new([new("a", new Money(1), 1, 0, Money.Zero)], new("", new Money(3), 2, 0, new Money(3)));
        Assert.Equal([("a", 1L, 0.25m), ("others", 3L, 0.75m)], SpendShare.Of(month, key => key).Select(share => (share.Name, share.Cost.Nanos, share.Share)));
    }

    [Fact]
    public void Two_keys_of_one_name_are_two_rows()
    {
        MonthSpends month = new([new("team_a", new Money(3), 1, 0, Money.Zero), new("team_b", new Money(1), 1, 0, Money.Zero)], null);
        var shares = SpendShare.Of(month, _ => "Research");
        Assert.Equal([("team_a", "Research", 3L), ("team_b", "Research", 1L)], shares.Select(share => (share.Key, share.Name, share.Cost.Nanos)));
    }

    [Fact]
    public void Unpriced_usage_alone_has_no_share() =>
        Assert.Equal(0, Assert.Single(SpendShare.Of(new([new("m", Money.Zero, 1, 1, Money.Zero)], null), model => model)).Share);

    [Theory]
    [InlineData(Role.Viewer, true)]
    [InlineData(Role.Owner, true)]
    [InlineData(Role.Inference, false)]
    [InlineData(Role.Gateway, false)]
    [InlineData(Role.Unspecified, false)]
    public void Only_roles_that_may_read_sign_in(Role role, bool expected) => Assert.Equal(expected, SignInWithToken.MayRead(role));
}
