using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.DeniedDemand;
using Platform.Metering.Workloads;

namespace Platform.Metering.Tests;

public sealed class WorkloadRuleTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Spend.At("2026-06-15T12:00Z"));
    private MeteringFixture _metering = null!;
    private int _keys;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task First_rule_that_takes_usage_without_a_class_gives_it_one_and_the_record_says_which()
    {
        await SetAsync(Rule("nightly", "batch", rule => rule.Tags.Add("job", "nightly")));
        await SetAsync(Rule("long", "evaluation", rule => rule.MinInputTokens = 5_000));
        await SetAsync(Rule("support", "interactive", rule => rule.Filters.Add(Spend.Only(SpendDimension.Team, "team_support", "team_search"))));
        await _metering.RecordAsync(
            Unclassified("tagged", usage => usage.Tags.Add("job", "nightly")),
            Unclassified("long", usage => usage.Tokens = new Tokens { Input = 4_000, CachedInput = 1_000 }),
            Unclassified("short", usage => usage.Tokens = new Tokens { Input = 4_999 }),
            Unclassified("elsewhere", usage => usage.TeamId = "team_platform"),
            Events.New("named", with: usage => (usage.Workload, usage.TeamId) = ("copilot", "team_support")));

        Assert.Equal(
            ["elsewhere  ", "long evaluation long", "named copilot ", "short interactive support", "tagged batch nightly"],
            (await _metering.StreamAsync()).Select(record => $"{record.Event.EventId} {record.Event.Workload} {record.WorkloadRule}").Order());
        var byClass = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Workload } });
        Assert.Equal(1, byClass.Total.UnclassifiedCalls);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_and_refused_demand_have_the_class_that_the_rules_give()
    {
        await SetAsync(Rule("support", "interactive", rule => rule.Filters.Add(Spend.Only(SpendDimension.Team, "team_support"))));
        var record = (await _metering.RecordAsync(Unclassified("one"))).Results[0].RecordId;
        await RemoveAsync("support");
        await _metering.RecordAsync(Unclassified("less", usage => (usage.CorrectsRecordId, usage.Tokens) = (record, new Tokens { Output = -100 })));
        Assert.Equal(["interactive", "interactive"], (await _metering.StreamAsync()).Select(each => each.Event.Workload));

        await SetAsync(Rule("mini", "batch", rule => rule.Filters.Add(Spend.Only(SpendDimension.Model, "gpt-4o-mini"))));
        await _metering.Get<RecordDeniedDemand>().RunAsync(
            new DemandDenied(Guid.CreateVersion7(), "team_support", "key_1", "", "standard", "openai", "gpt-4o-mini", Reasons.CapReached, 1, "USD", _time.GetUtcNow()),
            TestContext.Current.CancellationToken);
        Assert.Equal("batch", await _metering.ScalarAsync<string>("SELECT workload FROM denied_demand"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Rule_that_names_a_key_takes_what_comes_with_the_keys_that_it_is_rotated_to()
    {
        _metering.Wallet.Replaces["key_2"] = "key_1";
        _metering.Wallet.Replaces["key_3"] = "key_2";
        _metering.Wallet.Replaces["key_9"] = "";
        var rule = Rule("nightly", "batch", rule => rule.Filters.Add(Spend.Only(SpendDimension.Key, "key_2")));
        await SetAsync(rule);
        await _metering.RecordAsync([.. "key_1 key_2 key_3 key_9 theirs ".Split(' ').Select(key => Unclassified($"of {key}", usage => usage.KeyId = key))]);
        Assert.Equal(
            ["of  ", "of key_1 batch", "of key_2 batch", "of key_3 batch", "of key_9 ", "of theirs "],
            (await _metering.StreamAsync()).Select(record => $"{record.Event.EventId} {record.Event.Workload}").Order(StringComparer.Ordinal));
        var preview = await _metering.Get<PreviewRule>().RunAsync(new PreviewRuleRequest { Rule = rule }, TestContext.Current.CancellationToken);
        Assert.Equal((0, "batch 3"), (preview.Calls, string.Join(' ', preview.Classified.Select(row => $"{row.Workload} {row.Calls}"))));

        // A rotation that nobody has heard of yet waits for Wallet; keys that are known, or are none of Wallet's, do not.
        _metering.Wallet.IsAway = true;
        _metering.Wallet.Replaces["key_4"] = "key_3";
        await _metering.RecordAsync(Unclassified("known", usage => usage.KeyId = "key_3"), Unclassified("made up", usage => usage.KeyId = "ours"));
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.RecordAsync(Unclassified("rotated", usage => usage.KeyId = "key_4")));
        Assert.Equal(Grpc.Core.StatusCode.Unavailable, refused.StatusCode);
        _metering.Wallet.IsAway = false;
        await _metering.RecordAsync(Unclassified("rotated", usage => usage.KeyId = "key_4"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            ["known batch", "made up ", "rotated batch"],
            (await _metering.StreamAsync()).Where(record => !record.Event.EventId.StartsWith("of ", StringComparison.Ordinal)).Select(record => $"{record.Event.EventId} {record.Event.Workload}").Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = 300_000)]
    public async Task Served_and_refused_call_without_a_header_are_told_of_under_one_class()
    {
        await SetAsync(Rule("support", "batch", rule => rule.Filters.Add(Spend.Only(SpendDimension.Key, "key_1"))));
        await _metering.RecordAsync(Unclassified("served", usage => usage.KeyId = "key_1"));
        var served = Assert.Single(Assert.Single(await _metering.OwedAsync()).Items);
        var denied = new DemandDenied(
            Guid.CreateVersion7(), served.TeamId, "key_1", "", served.Lane, "openai", "gpt-4o-mini", Reasons.InsufficientFunds, 7_000, "USD", _time.GetUtcNow());
        Assert.True(await _metering.Get<RecordDeniedDemand>().RunAsync(denied, TestContext.Current.CancellationToken));
        Assert.False(await _metering.Get<RecordDeniedDemand>().RunAsync(denied, TestContext.Current.CancellationToken));

        var told = JsonSerializer.Deserialize<DemandRecorded>(
            await _metering.ScalarAsync<string>($"SELECT body::text FROM outbox WHERE message_type = '{typeof(DemandRecorded).FullName}' AND message_id = '{denied.AttemptId}'"),
            JsonSerializerOptions.Web);
        Assert.Equal(
            new DemandRecorded(denied.AttemptId, served.TeamId, served.Workload, served.Lane, Reasons.InsufficientFunds, 7_000, "USD", denied.OccurredAt), told);
        Assert.Equal(("batch", 1), (served.Workload, await _metering.ScalarAsync<long>($"SELECT count(*) FROM outbox WHERE message_id = '{denied.AttemptId}'")));
    }

    [Fact(Timeout = 300_000)]
    public async Task Rule_by_size_takes_a_refused_call_by_its_estimated_input()
    {
        await SetAsync(Rule("long", "evaluation", rule => rule.MinInputTokens = 5_000));
        var denied = new DemandDenied(
            Guid.CreateVersion7(), "team_support", "key_1", "", "standard", "openai", "gpt-4o-mini", Reasons.InsufficientFunds, 7_000, "USD", _time.GetUtcNow(), InputTokens: 5_000);
        foreach (var each in new[] { denied, denied with { AttemptId = Guid.CreateVersion7(), InputTokens = 4_999 }, denied with { AttemptId = Guid.CreateVersion7(), InputTokens = null } })
        {
            await _metering.Get<RecordDeniedDemand>().RunAsync(each, TestContext.Current.CancellationToken);
        }

        Assert.Equal("evaluation", await _metering.ScalarAsync<string>($"SELECT workload FROM denied_demand WHERE attempt_id = '{denied.AttemptId}'"));
        Assert.Equal(1, await _metering.ScalarAsync<long>("SELECT count(*) FROM denied_demand WHERE workload <> ''"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Rules_keep_their_order_and_a_repeat_changes_nothing()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            await SetAsync(Rule(name, "batch", OfTeam));
        }

        Assert.Equal(["c", "a", "b"], Names(await SetAsync(Rule("c", "batch", rule => { OfTeam(rule); rule.Position = 1; }))));
        Assert.Equal(["c", "a", "b"], Names(await SetAsync(Rule("a", "copilot", OfTeam))));
        var remove = new RemoveRuleRequest { Name = "a", IdempotencyKey = "remove" };
        var removed = await Change.RemoveAsync(remove, "key_1", TestContext.Current.CancellationToken);
        Assert.Equal(["c", "b"], Names(removed));
        Assert.Equal([1, 2], removed.Rules.Select(rule => rule.Position));
        Assert.Equal(removed, await Change.RemoveAsync(remove, "key_1", TestContext.Current.CancellationToken));
        Assert.Equal(Reasons.RuleNotFound, await RefusalAsync(() => RemoveAsync("a")));
        Assert.Equal(5, await _metering.ScalarAsync<long>("SELECT count(*) FROM workload_rule"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Preview_says_what_a_rule_would_take_after_those_before_it_and_changes_nothing()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 30).Select(number => Unclassified($"event-{number}", usage =>
        {
            usage.TeamId = number % 3 == 0 ? "team_search" : "team_support";
            usage.Workload = number % 10 == 0 ? "copilot" : "";
            usage.Tags.Add("job", number % 2 == 0 ? "nightly" : "daily");
        }))]);
        var rule = Rule("support", "interactive", OfTeam);
        var preview = await PreviewAsync(rule);
        Assert.Equal((18, 18 * 450_000L, 30, 27), (preview.Calls, preview.CostNanos, preview.AllCalls, preview.UnclassifiedCalls));
        Assert.Equal(["copilot 2"], preview.Classified.Select(row => $"{row.Workload} {row.Calls}"));

        await SetAsync(Rule("nightly", "batch", nightly => nightly.Tags.Add("job", "nightly")));
        Assert.Equal(10, (await PreviewAsync(rule)).Calls);
        rule.Position = 1;
        Assert.Equal(18, (await PreviewAsync(rule)).Calls);
        Assert.Equal(12, (await PreviewAsync(new WorkloadRule { Name = "nightly" })).Calls);
        Assert.Equal(Reasons.RuleNotFound, await RefusalAsync(() => PreviewAsync(new WorkloadRule { Name = "nowhere" })));
        Assert.Equal(27, (await _metering.QueryAsync(new QuerySpendRequest())).Total.UnclassifiedCalls);
    }

    public static TheoryData<string, WorkloadRule> Senseless => new()
    {
        { "condition", Rule("a", "batch", _ => { }) },
        { "name", Rule("A b", "batch", OfTeam) },
        { "workload", Rule("a", "", OfTeam) },
        { "position", Rule("a", "batch", rule => { OfTeam(rule); rule.Position = -1; }) },
        { "min_input_tokens", Rule("a", "batch", rule => (rule.MinInputTokens, rule.MaxInputTokens) = (2, 1)) },
        { "filters", Rule("a", "batch", rule => rule.Filters.Add(Spend.Only(SpendDimension.Outcome, "failed"))) },
        { "filters", Rule("a", "batch", rule => rule.Filters.Add(Spend.Only(SpendDimension.Day, "x"))) },
        { "team", Rule("a", "batch", rule => rule.Filters.Add(Spend.Only(SpendDimension.Team))) },
    };

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Senseless))]
    public async Task Rule_without_sense_is_refused_by_name(string complaint, WorkloadRule rule)
    {
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => SetAsync(rule));
        Assert.Contains(complaint, error.Status.Detail, StringComparison.Ordinal);
    }

    private ChangeRules Change => _metering.Get<ChangeRules>();

    private static void OfTeam(WorkloadRule rule) => rule.Filters.Add(Spend.Only(SpendDimension.Team, "team_support"));

    private static WorkloadRule Rule(string name, string workload, Action<WorkloadRule> with)
    {
        var rule = new WorkloadRule { Name = name, Workload = workload };
        with(rule);
        return rule;
    }

    private static UsageEvent Unclassified(string eventId, Action<UsageEvent>? with = null) => Events.New(eventId, with: usage =>
    {
        usage.Workload = "";
        with?.Invoke(usage);
    });

    private static IEnumerable<string> Names(WorkloadRules rules) => rules.Rules.Select(rule => rule.Name);

    private Task<WorkloadRules> SetAsync(WorkloadRule rule) =>
        Change.SetAsync(new SetRuleRequest { Rule = rule, IdempotencyKey = $"set-{_keys++}" }, "key_1", TestContext.Current.CancellationToken);

    private Task<WorkloadRules> RemoveAsync(string name) =>
        Change.RemoveAsync(new RemoveRuleRequest { Name = name, IdempotencyKey = $"remove-{_keys++}" }, "key_1", TestContext.Current.CancellationToken);

    private Task<RulePreview> PreviewAsync(WorkloadRule rule) =>
        _metering.Get<PreviewRule>().RunAsync(new PreviewRuleRequest { Rule = rule }, TestContext.Current.CancellationToken);

    private static async Task<string?> RefusalAsync(Func<Task> call) => RpcErrors.ReasonOf(await Assert.ThrowsAsync<Grpc.Core.RpcException>(call));
}
