using Microsoft.Extensions.Time.Testing;
using Platform.Metering.Teams;

namespace Platform.Metering.Tests;

public sealed class TeamDirectoryTests
{
    [Fact(Timeout = 300_000)]
    public async Task Known_team_needs_no_further_question_and_a_new_one_is_asked_for()
    {
        var time = new FakeTimeProvider();
        var source = new CountingTeams { Teams = ["team_a"] };
        using var directory = new TeamDirectory(source, time);
        Assert.Empty(await directory.FindUnknownAsync(["team_a"], TestContext.Current.CancellationToken));
        Assert.Empty(await directory.FindUnknownAsync(["team_a"], TestContext.Current.CancellationToken));
        Assert.Equal(1, source.Questions);

        source.Teams = ["team_a", "team_b"];
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["team_c"], await directory.FindUnknownAsync(["team_b", "team_c"], TestContext.Current.CancellationToken));
        Assert.Equal(2, source.Questions);
    }

    [Fact(Timeout = 300_000)]
    public async Task Flood_of_unknown_teams_shares_its_questions()
    {
        var source = new CountingTeams { Teams = [] };
        using var directory = new TeamDirectory(source, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(number => directory.FindUnknownAsync([$"team_{number}"], TestContext.Current.CancellationToken)));
        Assert.InRange(source.Questions, 1, 3);
    }

    [Fact(Timeout = 300_000)]
    public async Task Question_that_was_under_way_answers_those_that_waited_for_it_at_once()
    {
        var answer = new TaskCompletionSource();
        var source = new CountingTeams { Teams = ["team_a"], Answer = answer.Task };
        using var directory = new TeamDirectory(source, new FakeTimeProvider());
        var asked = Enumerable.Range(0, 4).Select(_ => directory.FindUnknownAsync(["team_a"], TestContext.Current.CancellationToken)).ToList();
        answer.SetResult();
        Assert.All(await Task.WhenAll(asked), Assert.Empty);
        Assert.Equal(1, source.Questions);
    }

    private sealed class CountingTeams : ITeamSource
    {
        public IReadOnlyCollection<string> Teams { get; set; } = [];

        public int Questions { get; private set; }

        public Task Answer { get; init; } = Task.CompletedTask;

        public async Task<IReadOnlyCollection<KnownTeam>> ReadTeamsAsync(CancellationToken cancellationToken)
        {
            Questions++;
            await Answer;
            return [.. Teams.Select(id => new KnownTeam(id, id, ""))];
        }

        public Task<string> ReadCurrencyAsync(CancellationToken cancellationToken) => Task.FromResult("USD");
    }
}
