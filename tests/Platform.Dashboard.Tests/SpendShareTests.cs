using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;
using Platform.Dashboard.SignIn;

namespace Platform.Dashboard.Tests;

public sealed class SpendShareTests
{
    [Fact]
    public void Shares_are_dearest_first_and_add_up_to_the_last_digit()
    {
        MonthSpend[] month =
        [
            new("team_a", "small", "batch", new Money(1), 1, 0, Money.Zero),
            new("team_b", "large", "batch", new Money(5), 2, 0, new Money(4)),
            new("team_a", "large", "copilot", new Money(2), 3, 1, new Money(10)),
            new("team_a", "gone", "copilot", Money.Zero, 0, 0, new Money(10)),
        ];
        var shares = SpendShare.By(month, line => line.Model, model => model.ToUpperInvariant());
        Assert.Equal(
            [new SpendShare("large", "LARGE", new Money(7), 5, 1, 0.875m, new Money(14)), new SpendShare("small", "SMALL", new Money(1), 1, 0, 0.125m, Money.Zero)],
            shares);
        Assert.Equal(["−50 %", "new"], shares.Select(share => share.Change));
    }

    [Fact]
    public void Two_keys_of_one_name_are_two_rows()
    {
        MonthSpend[] month = [new("team_a", "m", "", new Money(3), 1, 0, Money.Zero), new("team_b", "m", "", new Money(1), 1, 0, Money.Zero)];
        var shares = SpendShare.By(month, line => line.TeamId, _ => "Research");
        Assert.Equal([("team_a", "Research", 3L), ("team_b", "Research", 1L)], shares.Select(share => (share.Key, share.Name, share.Cost.Nanos)));
    }

    [Fact]
    public void Unpriced_usage_alone_has_no_share() =>
        Assert.Equal(0, Assert.Single(SpendShare.By([new MonthSpend("team_a", "m", "", Money.Zero, 1, 1, Money.Zero)], line => line.Model, model => model)).Share);

    [Theory]
    [InlineData(Role.Viewer, true)]
    [InlineData(Role.Owner, true)]
    [InlineData(Role.Inference, false)]
    [InlineData(Role.Gateway, false)]
    [InlineData(Role.Unspecified, false)]
    public void Only_roles_that_may_read_sign_in(Role role, bool expected) => Assert.Equal(expected, SignInWithToken.MayRead(role));
}
