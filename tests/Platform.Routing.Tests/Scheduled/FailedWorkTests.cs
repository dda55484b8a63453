using System.Text;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;
using Platform.Routing.Tests.Calls;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Work that waits and whose provider fails under the status of a success: what it ends as.</summary>
public sealed class FailedWorkTests : WaitingWorkTest
{
    private static readonly RouteLane Lane = new("scheduled", null, [new RouteWindow("* * * * *", TimeZoneInfo.Utc, TimeSpan.FromHours(8))]);

    private ScriptedProvider _providers = null!;

    private protected override PolicyCompiler CompilerOfPolicy => new(new ProviderSecrets(
        new ProviderOptions { Providers = { ["openai"] = new ProviderSettings { BaseUrl = _providers.AddressOf("a"), ApiKey = "sk-test-0123456789" } } }, _ => null, KeysIn("/nowhere")));

    public override async ValueTask InitializeAsync()
    {
        _providers = await ScriptedProvider.StartAsync(Cancel);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _providers.DisposeAsync();
    }

    [Theory]
    // What the provider says under 200, and the nanos that a token costs → the status that is kept, and what follows.
    [InlineData("""{"error":{"code":500},"usage":{"prompt_tokens":100,"completion_tokens":10}}""", 6, 500, "Unknown")]
    [InlineData("""{"error":{"code":429},"usage":{"prompt_tokens":100,"completion_tokens":0}}""", 6, 429, "Unknown")]
    [InlineData("""{"error":{"code":429},"usage":{"prompt_tokens":0,"completion_tokens":0}}""", 6, 429, "Unknown")]
    [InlineData("""{"error":{"code":400}}""", 6, 400, "Unknown")]
    [InlineData("""{"error":{"code":401},"usage":{"prompt_tokens":100,"completion_tokens":10}}""", 6, 502, "Unknown")]
    [InlineData("""{"error":{"code":400},"usage":{"prompt_tokens":100,"completion_tokens":0}}""", 0, 400, "Failed")]
    [InlineData("""{"error":{"code":500},"usage":{"prompt_tokens":100,"completion_tokens":0}}""", 0, 500, "TryAgain")]
    public async Task Its_error_is_no_answer_and_what_may_be_billed_is_not_run_again(string said, int nanos, int status, string follows)
    {
        var model = Policy.Current.NamedModels().First(model => model.Route.Targets.Any(choice => choice.Target.Provider.Name == "openai" && choice.Target.Shapes.HasFlag(ShapeKinds.Chat)));
        Gateway.Free = nanos == 0;
        Gateway.Price(Policy.Current.RouteOf(model, "scheduled").Targets);
        _providers.Script("a", [.. Enumerable.Repeat("said " + said, 9)]);
        var runner = new ItemRunner(new UsableKey(), Policy, Shapes, Gateway.Planner, Gateway.Forbidden, Gateway.Loop, null!, TimeProvider.System);
        var body = Encoding.UTF8.GetBytes($$"""{"model":"{{model.Name}}","messages":[{"role":"user","content":"hello"}],"max_tokens":100}""");
        var item = new ClaimedItem(Guid.CreateVersion7(), 1, "key_1", LocalGateway.Labels, "scheduled", "/v1/chat/completions", body, Tries: 0);
        var answer = await runner.RunAsync(item, Cancel);
        var decision = ItemOutcome.Decide(item, answer, Lane, TimeProvider.System.GetUtcNow());
        Assert.Equal((status, follows), (answer.Status, decision.Step == ItemStep.End ? decision.State.ToString() : decision.Step.ToString()));
    }

    [Theory]
    [InlineData(WorkWait.None)]
    [InlineData(WorkWait.Funds)]
    [InlineData(WorkWait.Freeze)]
    public async Task Item_of_a_frozen_wallet_waits_and_asks_again_as_one_of_which_that_was_told(object waitsFor)
    {
        var model = Policy.Current.NamedModels().First(model => model.Route.Targets.Any(choice => choice.Target.Provider.Name == "openai" && choice.Target.Shapes.HasFlag(ShapeKinds.Chat)));
        Gateway.Price(Policy.Current.RouteOf(model, "scheduled").Targets);
        Gateway.Wallet.IsFrozen = true;
        var runner = new ItemRunner(new UsableKey(), Policy, Shapes, Gateway.Planner, Gateway.Forbidden, Gateway.Loop, null!, TimeProvider.System);
        var body = Encoding.UTF8.GetBytes($$"""{"model":"{{model.Name}}","messages":[{"role":"user","content":"hello"}],"max_tokens":100}""");
        var now = TimeProvider.System.GetUtcNow();
        var item = new ClaimedItem(
            Guid.CreateVersion7(), 1, "key_1", LocalGateway.Labels, "scheduled", "/v1/chat/completions", body, Tries: 0, UnfundedUntil: waitsFor is WorkWait.None ? null : now.AddHours(1))
        {
            IsOfFreeze = waitsFor is WorkWait.Freeze,
        };
        var answer = await runner.RunAsync(item, Cancel);
        Assert.Equal((403, false, ItemStep.AwaitFunds), (answer.Status, answer.IsSent, ItemOutcome.Decide(item, answer, Lane, now).Step));
        Assert.Contains("wallet_frozen", Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
        var hold = Assert.Single(Gateway.Wallet.Holds);
        Assert.Equal((waitsFor is WorkWait.Freeze, waitsFor is WorkWait.Funds), (hold.FreezeTold, hold.LowerFollows));
        Assert.Empty(_providers.Calls);
    }

    [Theory]
    [InlineData("gone", "scheduled", 404)]
    [InlineData("", "gone", 400)]
    public async Task Item_whose_model_or_lane_the_policy_does_not_have_any_more_waits_for_it(string missing, string lane, int status)
    {
        var model = missing.Length > 0 ? missing : Policy.Current.NamedModels().First().Name;
        var runner = new ItemRunner(new UsableKey(), Policy, Shapes, Gateway.Planner, Gateway.Forbidden, Gateway.Loop, null!, TimeProvider.System);
        var body = Encoding.UTF8.GetBytes($$"""{"model":"{{model}}","messages":[{"role":"user","content":"hello"}],"max_tokens":100}""");
        var item = new ClaimedItem(Guid.CreateVersion7(), 1, "key_1", LocalGateway.Labels, lane, "/v1/chat/completions", body, Tries: 0);
        var answer = await runner.RunAsync(item, Cancel);
        Assert.Equal((status, ItemStep.TryAgain), (answer.Status, ItemOutcome.Decide(item, answer, Policy.Current.Lanes.GetValueOrDefault(lane), TimeProvider.System.GetUtcNow()).Step));
    }

    private sealed class UsableKey : IKeysById
    {
        public bool IsCurrent => true;

        public KeyStanding FindById(string keyId, out Caller? caller)
        {
            caller = new Caller(keyId, "Key", Platform.Contracts.Identity.V1.Role.Inference, "team_a", "");
            return KeyStanding.Usable;
        }
    }
}
