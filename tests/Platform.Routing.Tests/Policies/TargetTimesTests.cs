using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Policies;

public sealed class TargetTimesTests
{
    [Fact]
    public void Usage_of_streams_is_asked_for_unless_a_target_says_that_it_comes_unasked()
    {
        var policy = PolicyDocuments.With("/targets/0/stream_usage", "\"always\"");
        policy.Targets[3].StreamUsage = "asked";
        var table = new PolicyCompiler(new ProviderSecrets(new ProviderOptions(), _ => null, PolicyDatabase.KeysIn("/nowhere")))
            .Compile(new StoredPolicy(1, DateTimeOffset.UnixEpoch, "", "", policy, [], new Dictionary<string, DateTimeOffset>()));
        Assert.Equal("openai/gpt-4o", Assert.Single(table.Targets.Values, target => target.TellsUsageUnasked).Name);
    }

    [Fact]
    public void What_a_target_says_of_time_and_of_callers_who_leave_is_what_its_attempts_go_by()
    {
        var policy = PolicyDocuments.With("/targets/0/timeouts", """{"first_token_seconds":5,"total_seconds":900}""");
        policy.Targets[1].OnAbandon = "cancel";
        policy.Targets[2].OnAbandon = "drain";
        var table = new PolicyCompiler(new ProviderSecrets(new ProviderOptions(), _ => null, PolicyDatabase.KeysIn("/nowhere")))
            .Compile(new StoredPolicy(1, DateTimeOffset.UnixEpoch, "", "", policy, [], new Dictionary<string, DateTimeOffset>()));
        Assert.Equal(new RouteTimeouts(null, TimeSpan.FromSeconds(5), null, TimeSpan.FromSeconds(900)), table.Targets["openai/gpt-4o"].Timeouts);
        Assert.Equal(RouteTimeouts.Unsaid, table.Targets["openai/small"].Timeouts);
        Assert.Equal((false, true, false), (table.Targets["openai/gpt-4o"].CancelsAbandoned, table.Targets["openai/small"].CancelsAbandoned, table.Targets["anthropic/claude"].CancelsAbandoned));
    }
}
