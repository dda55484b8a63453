using Platform.Forecast.Segments;

namespace Platform.Forecast.Tests;

public sealed class SharedErrorsTests
{
    [Fact]
    public void Segments_that_err_apart_share_nothing()
    {
        // Two teams of two segments, each off by 1: independent, a team is off by √2 and the organisation by 2.
        var shared = SharedErrors.Of([[1, 1], [1, 1]], [Math.Sqrt(2), Math.Sqrt(2)], 2);

        Assert.All(shared, team => Assert.Equal((0, 0, 1), (team.Organisation, Math.Round(team.Team, 9), Math.Round(team.Own, 9))));
    }

    [Fact]
    public void Teams_whose_segments_err_together_but_not_with_other_teams_share_within_the_team()
    {
        var shared = SharedErrors.Of([[1, 1], [1, 1]], [Math.Sqrt(2 + 2 * 0.5), Math.Sqrt(2 + 2 * 0.5)], Math.Sqrt(6));

        Assert.All(shared, team => Assert.Equal((0, 0.5), (Math.Round(team.Organisation, 9), Math.Round(team.Team, 9))));
    }

    [Fact]
    public void A_company_that_errs_as_one_shares_all_that_can_be_shared()
    {
        var shared = SharedErrors.Of([[1, 1], [1, 1]], [2, 2], 4);

        Assert.All(shared, team => Assert.InRange(team.Organisation, 0.9, 0.95));
    }
}
