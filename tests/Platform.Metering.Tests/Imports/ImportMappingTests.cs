using Platform.Contracts.Metering.V1;
using Platform.Metering.Imports;

namespace Platform.Metering.Tests.Imports;

public sealed class ImportMappingTests
{
    // Rules as dimension:value=team[@provider][!own], where a team of - skips; then the row's key/user/project, then the team.
    [Theory]
    [InlineData("", "k/u/p", "")]
    [InlineData("project:p=team_p", "k/u/p", "team_p")]
    [InlineData("project:p=team_p user:u=team_u", "k/u/p", "team_u")]
    [InlineData("project:p=team_p user:u=team_u key:k=team_k", "k/u/p", "team_k")]
    [InlineData("project:p=team_p user:u=team_u key:other=team_k", "k/u/p", "team_u")]
    [InlineData("project:p=team_any project:p=team_here@openai", "k/u/p", "team_here")]
    [InlineData("project:p=team_elsewhere@anthropic", "k/u/p", "")]
    [InlineData("project:p=team_stored project:p=team_own!own", "k/u/p", "team_own")]
    [InlineData("project:p=- key:k=team_k", "k/u/p", "team_k")]
    [InlineData("project:p=team_p key:k=-", "k/u/p", "skip")]
    [InlineData("project:p=team_p", "//", "")]
    public void Rules_decide_by_key_then_user_then_project(string rules, string row, string expected)
    {
        var all = rules.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => (Own: text.EndsWith("!own", StringComparison.Ordinal), Rule: Rule(text.Replace("!own", "", StringComparison.Ordinal)))).ToList();
        var parts = row.Split('/');
        var whose = new ImportMapping(all.Where(pair => pair.Own).Select(pair => pair.Rule), all.Where(pair => !pair.Own).Select(pair => pair.Rule))
            .Find(new ImportRow { Provider = "openai", Key = parts[0], User = parts[1], Project = parts[2] });

        Assert.Equal(expected, whose.Skip ? "skip" : whose.TeamId);
    }

    [Fact]
    public void Each_figure_is_the_first_that_a_rule_says_then_the_rows_own()
    {
        var mapping = new ImportMapping(
            [], [new ImportRule { Dimension = ImportDimension.User, Value = "u", UserId = "ada" }, new ImportRule { Dimension = ImportDimension.Project, Value = "p", TeamId = "team_p", UserId = "nobody" }]);
        var whose = mapping.Find(new ImportRow { Provider = "openai", User = "u", Project = "p", TeamId = "team_row", Workload = "batch" });

        Assert.Equal(new Attribution("team_p", "ada", "", "batch", false), whose);
    }

    private static ImportRule Rule(string text)
    {
        var (dimension, value, target) = (text.Split(':')[0], text.Split(':', '=')[1], text.Split('=')[1]);
        var (team, provider) = (target.Split('@')[0], target.Contains('@', StringComparison.Ordinal) ? target.Split('@')[1] : "");
        return new ImportRule
        {
            Dimension = Enum.Parse<ImportDimension>(dimension, ignoreCase: true), Value = value, Provider = provider, TeamId = team == "-" ? "" : team, Skip = team == "-",
        };
    }
}
