using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Contracts.Identity.V1;
using Platform.Postgres;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Policies.Changes;
using Platform.Routing.Policies.Explain;
using Platform.Routing.Pricing;
using Platform.Routing.Tests.Limits;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Policies;

/// <summary>What people are told of a call of one key: first of all whether the gateway lets it ask.</summary>
public sealed class KeyedExplainRouteTests : PolicyDatabase
{
    [Theory]
    // How the key stands; what it may ask for; what it is asked about; the code of the refusal.
    [InlineData(nameof(KeyStanding.Usable), Role.Inference, "gpt-4o", "premium", "gpt-4o", "", "")]
    [InlineData(nameof(KeyStanding.Usable), Role.Inference, "gpt-4o-mini", "", "gpt-4o", "", "model_not_allowed")]
    [InlineData(nameof(KeyStanding.Usable), Role.Inference, "", "premium", "gpt-4o", "economy", "lane_not_allowed")]
    [InlineData(nameof(KeyStanding.KeyFrozen), Role.Inference, "", "", "gpt-4o", "", "key_frozen")]
    [InlineData(nameof(KeyStanding.TeamFrozen), Role.Inference, "", "", "gpt-4o", "", "team_frozen")]
    [InlineData(nameof(KeyStanding.Expired), Role.Inference, "", "", "gpt-4o", "", "invalid_api_key")]
    [InlineData(nameof(KeyStanding.Usable), Role.Viewer, "", "", "gpt-4o", "", "ROLE_MISSING")]
    [InlineData(nameof(KeyStanding.Usable), Role.Gateway, "", "", "gpt-4o", "", "")]
    public async Task A_call_that_its_key_may_not_make_is_said_to_be_refused(string standing, Role role, string models, string lanes, string model, string lane, string code)
    {
        await new ChangePolicy(new Changes(DataSource, TimeProvider.System), Store, new Outbox(TimeProvider.System)).ApplyAsync(
            new() { IdempotencyKey = "k1", Policy = PolicyDocuments.Read() }, "key_1", Cancel);
        using var replica = ReplicaOf();
        await replica.StartAsync(Cancel);
        await using var metering = new ServiceCollection().AddMetrics().BuildServiceProvider();
        await using var limits = new LocalLimits(null, metering.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        var prices = new PriceReplica(null!, TimeProvider.System, NullLogger<PriceReplica>.Instance);
        var keys = new ToldKey(Enum.Parse<KeyStanding>(standing), new Caller("key_1", "Key", role, "team_a", "") { AllowedModels = Parts(models), AllowedLanes = Parts(lanes) });
        var explain = new ExplainRoute(
            replica, new LaneExplainer(new TargetBoard(Options.Create(new BreakerOptions()), TimeProvider.System), prices), limits.Explain, keys, null!, prices);

        var told = await explain.RunAsync(new() { Model = model, Lane = lane, KeyId = "key_1", WalletStatus = "healthy" }, Cancel);
        Assert.Equal((code, code.Length > 0), (told.RefusalCode, told.Refusal.Length > 0));

        // Whoever names no key asks about any.
        Assert.Equal("", (await explain.RunAsync(new() { Model = model, Lane = lane, WalletStatus = "healthy" }, Cancel)).RefusalCode);
        await replica.StopAsync(Cancel);
    }

    private static string[] Parts(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private sealed class ToldKey(KeyStanding standing, Caller told) : IKeysById
    {
        public bool IsCurrent => true;

        public KeyStanding FindById(string keyId, out Caller? caller)
        {
            caller = told;
            return standing;
        }
    }
}
