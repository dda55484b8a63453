using Microsoft.Extensions.Time.Testing;
using Platform.Routing.Health;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Health;

public sealed class TargetStateTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ProviderState _provider;
    private readonly TargetState _target;

    public TargetStateTests()
    {
        _provider = new ProviderState(_time);
        _target = new TargetState(new BreakerOptions(), _provider, _time);
    }

    [Theory]
    // What was asked for → for how long it rests, in seconds. Nothing: a second; never above a minute.
    [InlineData(0, 1)]
    [InlineData(7, 7)]
    [InlineData(86_400, 60)]
    public void Target_that_is_rate_limited_rests_for_as_long_as_it_asked(int asked, int rests)
    {
        _target.Leave(_target.TryEnter(), TargetVerdict.RateLimited, retryAfter: TimeSpan.FromSeconds(asked), failure: "429");
        _time.Advance(TimeSpan.FromSeconds(rests) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Availability.Resting, _target.Look().Availability);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Availability.Available, _target.Look().Availability);
    }

    [Theory]
    // What two calls that were under way together were told, one after the other → for how long the target rests, in seconds from the first.
    [InlineData(30, 2, 30)]
    [InlineData(30, 0, 30)]
    [InlineData(2, 30, 31)]
    public void Target_rests_for_the_longest_that_it_asked_for(int first, int second, int rests)
    {
        var (one, other) = (_target.TryEnter(), _target.TryEnter());
        _target.Leave(one, TargetVerdict.RateLimited, retryAfter: TimeSpan.FromSeconds(first), failure: "429");
        _time.Advance(TimeSpan.FromSeconds(1));
        _target.Leave(other, TargetVerdict.RateLimited, retryAfter: TimeSpan.FromSeconds(second), failure: "429");
        _time.Advance(TimeSpan.FromSeconds(rests - 1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Availability.Resting, _target.Look().Availability);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Availability.Available, _target.Look().Availability);
    }

    [Fact]
    public void Key_that_is_rate_limited_rests_on_every_route_and_no_other_key_does()
    {
        var (own, teams) = (new ProviderKey("own"), new ProviderKey("team_support"));
        _target.Leave(_target.TryEnter(new TargetAccess(teams, ShapeKinds.Chat, IsTeams: true)), TargetVerdict.RateLimited, retryAfter: TimeSpan.FromSeconds(7), failure: "429");
        Assert.Equal(Availability.Resting, _target.Look(new TargetAccess(teams, ShapeKinds.Responses, IsTeams: true)).Availability);
        Assert.Equal(Availability.Available, _target.Look(new TargetAccess(own, ShapeKinds.Chat, IsTeams: false)).Availability);
        Assert.Equal(Availability.Available, _target.Look(new TargetAccess(new ProviderKey("team_search"), ShapeKinds.Chat, IsTeams: true)).Availability);
        Assert.False(_target.Stand().IsResting);

        // People see how the provider's own key stands.
        _target.Leave(_target.TryEnter(new TargetAccess(own, ShapeKinds.Chat, IsTeams: false)), TargetVerdict.RateLimited, failure: "429");
        Assert.Equal((true, TimeSpan.FromSeconds(1)), (_target.Stand().IsResting, _target.Stand().ReopensIn));
    }

    [Fact]
    public void Target_counts_what_is_under_way_and_averages_first_tokens()
    {
        var (one, other) = (_target.TryEnter(), _target.TryEnter());
        Assert.Equal(2, _target.Look().OpenAttempts);
        _target.Leave(one, TargetVerdict.Succeeded, TimeSpan.FromMilliseconds(100));
        _target.Leave(other, TargetVerdict.Succeeded, TimeSpan.FromMilliseconds(200));
        Assert.Equal(new TargetSnapshot(Availability.Available, 120, 0), _target.Look());
    }

    [Fact]
    public void Failures_in_a_row_close_a_target_off_and_the_last_is_told()
    {
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(i == 5, _target.Leave(_target.TryEnter(), TargetVerdict.Failed, failure: "answered 500"));
        }

        Assert.Equal((Availability.Open, BreakerPass.Refused), (_target.Look().Availability, _target.TryEnter().Target));
        var standing = _target.Stand();
        Assert.Equal((BreakerState.Open, TimeSpan.FromSeconds(1), "answered 500", 0), (standing.State, standing.ReopensIn, standing.LastFailure, standing.OpenAttempts));
    }

    [Fact]
    public void Provider_whose_probes_fail_twice_closes_its_targets_off_until_it_answers()
    {
        _provider.ProbeFailed();
        Assert.Equal(Availability.Available, _target.Look().Availability);
        _provider.ProbeFailed();
        Assert.Equal((Availability.Open, BreakerPass.Refused), (_target.Look().Availability, _target.TryEnter().Target));
        _provider.Heard();
        Assert.Equal(Availability.Available, _target.Look().Availability);
    }

    [Fact]
    public void Key_that_is_refused_closes_a_target_off_for_itself_and_its_route_only_until_it_is_taken_again()
    {
        var own = new TargetAccess(new ProviderKey("sk-own"), ShapeKinds.Chat, IsTeams: false);
        var teams = own with { Key = new ProviderKey("sk-team"), IsTeams = true };
        Assert.True(_target.Leave(_target.TryEnter(teams), TargetVerdict.Misconfigured, failure: "refused the gateway's key (401)"));

        Assert.Equal(Availability.Open, _target.Look(teams with { Key = new ProviderKey("sk-team") }).Availability);
        Assert.True(_target.TryEnter(teams).IsRefused);
        Assert.Equal(TimeSpan.FromSeconds(15), _target.Stand(teams).ReopensIn);
        foreach (var other in new[] { own, teams with { Shape = ShapeKinds.Responses }, teams with { Key = new ProviderKey("sk-new") }, default })
        {
            Assert.Equal(Availability.Available, _target.Look(other).Availability);
        }

        _time.Advance(TimeSpan.FromSeconds(15));
        _target.Leave(_target.TryEnter(teams), TargetVerdict.Succeeded);
        _target.Leave(_target.TryEnter(teams), TargetVerdict.Succeeded);
        Assert.Equal((BreakerState.Closed, Availability.Available), (_target.Stand(teams).State, _target.Look(teams).Availability));
    }

    [Fact]
    public void Key_of_the_provider_itself_that_is_refused_is_shown_to_people_and_one_that_is_forbidden_is_left_alone_after_five()
    {
        var own = new TargetAccess(new ProviderKey("sk-own"), ShapeKinds.Chat, IsTeams: false);
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(Availability.Available, _target.Look().Availability);
            Assert.Equal(i == 5, _target.Leave(_target.TryEnter(own), TargetVerdict.Forbidden, failure: "refused the gateway's key (403)"));
        }

        Assert.Equal((Availability.Open, BreakerState.Open), (_target.Look().Availability, _target.Stand().State));
        Assert.Equal(Availability.Available, _target.Look(own with { Shape = ShapeKinds.Responses }).Availability);
        _target.MayBeWell();
        Assert.Equal((Availability.Available, BreakerState.HalfOpen), (_target.Look(own).Availability, _target.Stand(own).State));
    }

    [Fact]
    public void Attempts_that_say_nothing_of_the_target_change_nothing()
    {
        for (var i = 0; i < 100; i++)
        {
            _target.Leave(_target.TryEnter(), TargetVerdict.Neither);
        }

        Assert.Equal(new TargetSnapshot(Availability.Available, 0, 0), _target.Look());
    }
}
