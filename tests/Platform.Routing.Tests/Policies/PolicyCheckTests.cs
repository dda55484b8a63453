using Grpc.Core;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Policies;
using Platform.Routing.Policies.Checks;

namespace Platform.Routing.Tests.Policies;

/// <summary>What a document must be: one change of a valid one a line, and the one problem that it makes.</summary>
public sealed class PolicyCheckTests
{
    [Fact]
    public void A_valid_document_has_no_problem() => Assert.Empty(PolicyCheck.FindProblems(PolicyDocuments.Read()));

    [Theory]
    [InlineData("/providers/-", "{\"name\":\"Open AI\"}", "providers[Open AI].name: 'Open AI' must be at most 50 characters")]
    [InlineData("/providers/3/kind", "\"bedrock\"", "providers[local].kind: must be one of openai, azure_openai, anthropic, compatible; it is 'bedrock'.")]
    [InlineData("/providers/3/base_url", "\"localhost:8000\"", "providers[local].base_url: must be an absolute http or https address")]
    [InlineData("/providers/3/base_url", "\"http://me:secret@localhost\"", "providers[local].base_url: must be an absolute http or https address without user")]
    [InlineData("/providers/3/base_url", "\"http://localhost:8000/v1/\"", "providers[local].base_url: goes without /v1")]
    [InlineData("/providers/3/api_path", "\"v1beta/openai\"", "providers[local].api_path: must be a path of at most 200 letters")]
    [InlineData("/providers/3/api_path", "\"/v1/../admin\"", "providers[local].api_path: must be a path of at most 200 letters")]
    [InlineData("/providers/3/api_path", "\"/v1?x=1\"", "providers[local].api_path: must be a path of at most 200 letters")]
    [InlineData("/providers/3/api_path", "\"/v1/\"", "providers[local].api_path: must be a path of at most 200 letters")]
    [InlineData("/providers/1/api_path", "\"/v2\"", "providers[anthropic].api_path: is for the kinds openai and compatible only")]
    [InlineData("/providers/3/api_key", null, "providers[local].api_key: is required beside base_url")]
    [InlineData("/providers/1/api_key", "\"sk-very-secret\"", "providers[anthropic].api_key: must be env:NAME")]
    [InlineData("/providers/1/api_key", "\"env:Identity__ServiceToken\"", "providers[anthropic].api_key: must be env:NAME")]
    [InlineData("/providers/1/api_key", "\"env:AWS_SECRET_ACCESS_KEY\"", "providers[anthropic].api_key: must be env:NAME")]
    [InlineData("/providers/1/api_key", "\"file:db-password\"", "providers[anthropic].api_key: must be env:NAME")]
    [InlineData("/providers/1/api_key", "\"file:../openai-api-key\"", "providers[anthropic].api_key: must be env:NAME")]
    [InlineData("/providers/1/api_key", "\"file:.api_key\"", "providers[anthropic].api_key: must be env:NAME")]
    [InlineData("/providers/1/team_api_keys/search", "\"none\"", "providers[anthropic].team_api_keys[search]: must be env:NAME")]
    [InlineData("/providers/1/team_api_keys/Search", "\"env:X_API_KEY\"", "providers[anthropic].team_api_keys: team_id 'Search' must be")]
    [InlineData("/providers/2/api_version", null, "providers[azure].api_version: is required.")]
    [InlineData("/providers/0/api_version", "\"2025\"", "providers[openai].api_version: is for kind azure_openai only")]
    [InlineData("/providers/2/health/path", "\"//evil\"", "providers[azure].health.path: must begin with one '/'")]
    [InlineData("/providers/2/health/interval_seconds", "3601", "providers[azure].health.interval_seconds: must be 0 to 3600; it is 3601.")]
    [InlineData("/providers/-", "{\"name\":\"openai\"}", "providers: the provider 'openai' stands here 2 times")]
    [InlineData("/targets/3/model", "\"gpt 4o\"", "targets[azure/eu].model: must have at most 200 characters, only visible ASCII ones and no spaces")]
    [InlineData("/targets/-", "{\"name\":\"x\",\"provider\":\"nobody\",\"model\":\"m\",\"default_max_output_tokens\":1,\"max_output_tokens\":1}", "targets[x].provider: there is no provider 'nobody' in this policy")]
    [InlineData("/targets/0/context_tokens", "128", "targets[openai/gpt-4o].context_tokens: must be the model's whole context window, 2048 to 100000000 and not below max_output_tokens")]
    [InlineData("/targets/0/context_tokens", "16000", "targets[openai/gpt-4o].context_tokens: must be the model's whole context window")]
    [InlineData("/targets/0/service_tier", "\"batch\"", "targets[openai/gpt-4o].service_tier: must not be batch: only a provider's own batch interface bills that, and the gateway does not call it. Use flex")]
    [InlineData("/targets/2/service_tier", "\"flex\"", "targets[anthropic/claude].service_tier: must not be flex at a provider of kind anthropic")]
    [InlineData("/targets/1/service_tier", "\"priority\"", "targets[openai/small].service_tier: must not be priority where embeddings are served")]
    [InlineData("/targets/0/service_tier", "\"Flex\"", "targets[openai/gpt-4o].service_tier: 'Flex' must be at most 50 characters")]
    [InlineData("/targets/0/timeouts/silence_seconds", "86401", "targets[openai/gpt-4o].timeouts.silence_seconds: must be 0 to 86400; it is 86401.")]
    [InlineData("/targets/0/timeouts/first_token_seconds", "-1", "targets[openai/gpt-4o].timeouts.first_token_seconds: must be 0 to 86400; it is -1.")]
    [InlineData("/targets/0/on_abandon", "\"drop\"", "targets[openai/gpt-4o].on_abandon: must be one of drain, cancel; it is 'drop'.")]
    [InlineData("/targets/0/stream_usage", "\"never\"", "targets[openai/gpt-4o].stream_usage: must be one of asked, always; it is 'never'.")]
    [InlineData("/targets/0/shapes/0", "\"messages\"", "targets[openai/gpt-4o].shapes: must be of chat, embeddings, responses, which is what its provider's kind speaks; it has 'messages'.")]
    [InlineData("/targets/0/shapes/0", "\"images\"", "targets[openai/gpt-4o].shapes: must be of chat, embeddings")]
    [InlineData("/targets/0/deployment", "\"x\"", "targets[openai/gpt-4o].deployment: is for a provider of kind azure_openai only")]
    [InlineData("/targets/0/default_max_output_tokens", "0", "targets[openai/gpt-4o].default_max_output_tokens: must be 1 to max_output_tokens; it is 0.")]
    [InlineData("/targets/0/default_max_output_tokens", "16385", "targets[openai/gpt-4o].default_max_output_tokens: must be 1 to max_output_tokens")]
    [InlineData("/targets/1/max_output_tokens", "1", "targets[openai/small].max_output_tokens: embeddings have no output")]
    [InlineData("/targets/0/overhead_tokens", "-1", "targets[openai/gpt-4o].overhead_tokens: must be 0 to 1000000; it is -1.")]
    [InlineData("/targets/4/allow_fields", "[\"max_output_tokens\"]", "targets[local/llama].allow_fields: has 'max_output_tokens', which is not a field that only an allowed target takes: audio, ")]
    [InlineData("/targets/4/allow_fields", "[\"api_base\"]", "targets[local/llama].allow_fields: has 'api_base'")]
    [InlineData("/targets/4/output_cap_field", "\"max\"", "targets[local/llama].output_cap_field: must be one of max_tokens, max_completion_tokens")]
    [InlineData("/targets/-", "{\"provider\":\"openai\",\"model\":\"gpt-4o\",\"default_max_output_tokens\":1,\"max_output_tokens\":1}", "targets: the target 'openai/gpt-4o' stands here 2 times")]
    [InlineData("/models/0/aliases/0", "\"claude\"", "models: the name 'claude' stands here 2 times")]
    [InlineData("/models/1/lane", null, "models[embed].lane: is required.")]
    [InlineData("/models/1/lane", "\"fast\"", "models[embed].lane: there is no lane 'fast' in this policy; add it to lanes.")]
    [InlineData("/models/1/route", null, "models[embed].route.targets: is required: name at least one target.")]
    [InlineData("/models/1/route/targets/0/target", "\"nobody/x\"", "models[embed].route.targets: there is no target 'nobody/x' in this policy")]
    [InlineData("/models/1/route/targets/0/weight", "5", "models[embed].route.targets[openai/small].weight: is for the strategy weighted only")]
    [InlineData("/models/1/route/strategy", "\"random\"", "models[embed].route.strategy: must be one of ordered, weighted, lowest_cost, lowest_latency, least_loaded")]
    [InlineData("/models/0/route/targets/0/weight", "0", "models[gpt-4o].route.targets: one weight at least must be above 0.")]
    [InlineData("/models/0/route/targets/-", "{\"target\":\"azure/eu\"}", "models[gpt-4o].route.targets: the target 'azure/eu' stands here 2 times")]
    [InlineData("/models/0/route/failover/retry_on", "[\"none\",\"timeout\"]", "models[gpt-4o].route.failover.retry_on: 'none' stands alone.")]
    [InlineData("/models/0/route/failover/retry_on", "[\"context_length\"]", "models[gpt-4o].route.failover.retry_on: must be of rate_limit, timeout, server_error, connection, stream_error, or none alone")]
    [InlineData("/models/0/route/failover/max_attempts", "11", "models[gpt-4o].route.failover.max_attempts: must be 0 to 10; it is 11.")]
    [InlineData("/models/0/lanes/premium", "{\"targets\":[{\"target\":\"local/llama\"}]}", "models[gpt-4o].lanes[premium]: is the model's own lane")]
    [InlineData("/models/0/lanes/fast", "{\"targets\":[{\"target\":\"local/llama\"}]}", "models[gpt-4o].lanes: there is no lane 'fast'")]
    [InlineData("/lanes/2/windows/0/cron", "\"0 22 * *\"", "lanes[scheduled].windows[0].cron: must have five fields")]
    [InlineData("/lanes/2/windows/0/cron", "\"70 22 * * *\"", "Minutes: Value must be a number between 0 and 59 (all inclusive).")]
    [InlineData("/lanes/2/windows/0/cron", "\"0 22 30 2 *\"", "lanes[scheduled].windows[0].cron: names a day that no year has, so the window never opens.")]
    [InlineData("/lanes/2/windows/0/time_zone", "\"Mars/Olympus\"", "lanes[scheduled].windows[0].time_zone: is no IANA time zone")]
    [InlineData("/lanes/2/windows/0/minutes", "0", "lanes[scheduled].windows[0].minutes: must be 1 to 10080; it is 0.")]
    [InlineData("/rules/0/mode", "\"maybe\"", "rules[small-evaluations].mode: must be one of on, shadow, off")]
    [InlineData("/rules/0/when", null, "rules[small-evaluations].when: needs at least one condition")]
    [InlineData("/rules/0/lane", "\"\"", "rules[small-evaluations].lane: there is no lane ''")]
    [InlineData("/rules/2/lane", "\"scheduled\"", "rules[asleep].lane: lane 'scheduled' has windows")]
    [InlineData("/rules/1/when/models/0", "\"best\"", "rules[low-wallet].when.models: 'best' is an alias; name the model 'gpt-4o'.")]
    [InlineData("/rules/1/when/wallet_status/0", "\"empty\"", "rules[low-wallet].when.wallet_status: must be of healthy, low, depleted; it has 'empty'.")]
    [InlineData("/limits/0/match", "\"x\"", "limits[everybody].match: a global limit is everybody's")]
    [InlineData("/limits/0/requests_per_minute", "0", "limits[everybody]: limits nothing")]
    [InlineData("/limits/0/burst_percent", "101", "limits[everybody].burst_percent: must be 0 to 100; it is 101.")]
    [InlineData("/limits/1/scope", "\"\"", "limits[each-key].scope: is required")]
    [InlineData("/limits/1/queue_ms", "60001", "limits[each-key].queue_ms: must be 0 to 60000; it is 60001.")]
    [InlineData("/limits/2/scope", "\"provider\"", "limits[search].match: there is no provider 'search' in this policy")]
    public void A_change_makes_one_problem(string pointer, string? value, string problem)
    {
        var found = Assert.Single(PolicyCheck.FindProblems(PolicyDocuments.With(pointer, value)));
        Assert.Contains(problem, found, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", found, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Every_problem_is_told_at_once_and_a_long_list_is_cut()
    {
        var two = PolicyDocuments.With("/models/1/lane", "\"fast\"");
        two.Limits[0].BurstPercent = -1;
        var error = Assert.Throws<RpcException>(() => PolicyCheck.Require(two));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(
            """
            The policy has 2 problems; nothing was changed.
            models[embed].lane: there is no lane 'fast' in this policy; add it to lanes.
            limits[everybody].burst_percent: must be 0 to 100; it is -1.
            """,
            error.Status.Detail);

        var many = new RoutePolicy { Lanes = { Enumerable.Range(0, 49).Select(_ => new LanePolicy()) } };
        many.Models.AddRange(Enumerable.Range(0, 40).Select(index => new ModelPolicy { Name = $"m{index}" }));
        Assert.EndsWith("\nand 79 more", Assert.Throws<RpcException>(() => PolicyCheck.Require(many)).Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/targets/0/service_tier", "flex")]
    [InlineData("/targets/2/service_tier", "priority")]
    [InlineData("/targets/4/service_tier", "flex")]
    [InlineData("/targets/1/service_tier", "contract-2026")]
    public void A_tier_that_can_be_asked_for_or_is_an_own_name_is_no_problem(string pointer, string tier) =>
        Assert.Empty(PolicyCheck.FindProblems(PolicyDocuments.With(pointer, $"\"{tier}\"")));

    [Fact]
    public void Words_that_people_know_stand_for_the_houses_own()
    {
        var policy = PolicyDocuments.With("/models/1/route/strategy", "\"round_robin\"");
        policy.Models[0].Route.Failover = new Failover { RetryOn = { "5xx" }, FallbackOn = { "5xx", "timeout" } };

        Assert.Empty(PolicyCheck.FindProblems(policy));
        var models = new PolicyCompiler(new ProviderSecrets(new ProviderOptions(), _ => null, PolicyDatabase.KeysIn("/nowhere")))
            .Compile(new StoredPolicy(3, DateTimeOffset.UnixEpoch, "", "", policy, [], new Dictionary<string, DateTimeOffset>())).Models;
        Assert.Equal(Strategy.Weighted, models["embed"].Route.Strategy);
        Assert.Equal((FailureKinds.ServerError, FailureKinds.ServerError | FailureKinds.Timeout), (models["gpt-4o"].Route.Failover.RetryOn, models["gpt-4o"].Route.Failover.FallbackOn));
        policy.Models[1].Route.Targets[0].Weight = 5;
        Assert.Contains("is for the strategy weighted only", Assert.Single(PolicyCheck.FindProblems(policy)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_without_anything_serves_nobody() => Assert.Contains("a policy without models serves nobody", Assert.Single(PolicyCheck.FindProblems(new RoutePolicy())));

    [Fact]
    public void A_document_that_is_too_large_is_refused_unread()
    {
        var policy = PolicyDocuments.Read();
        policy.Targets.AddRange(Enumerable.Repeat(new TargetPolicy(), 2_000));
        Assert.StartsWith("targets: must be at most 2000; there are 2005.", Assert.Single(PolicyCheck.FindProblems(policy)), StringComparison.Ordinal);
    }
}
