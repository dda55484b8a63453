using System.Collections.Frozen;
using System.Text.Json;
using Platform.Contracts.Events;
using Platform.Routing.Policies;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Limits;
using Platform.Testing;

namespace Platform.Routing.Tests.Health;

/// <summary>From a provider's refusal of the gateway's key to the event in the outbox.</summary>
public sealed class MisconfiguredTargetsTests : LimitDatabase
{
    [Fact]
    public async Task Target_that_refuses_every_call_is_told_of_once_whoever_calls()
    {
        await using var providers = await ScriptedProvider.StartAsync(Cancel);
        providers.Script("a", "403", "403", "401", "401");
        await using var gateway = new LocalGateway(database: DataSource);
        await using var replica = new LocalGateway(database: DataSource);
        await gateway.Misconfigured.StartAsync(Cancel);
        await replica.Misconfigured.StartAsync(Cancel);
        var target = LocalGateway.Target("a", providers.AddressOf("a"));
        var teams = target with { Provider = target.Provider with { TeamApiKeys = new Dictionary<string, ProviderKey?> { ["team_a"] = new("sk-team") }.ToFrozenDictionary() } };
        foreach (var (caller, asked) in new[] { (gateway, target), (replica, target), (gateway, target), (gateway, teams) })
        {
            Assert.Equal(502, (await caller.CallAsync(LocalGateway.Set(new RouteFailover(default, default, 1, 20, TimeSpan.Zero), asked))).Status);
        }

        await Eventually.TrueAsync(async () => (await OwedAsync()).Count == 4, TimeSpan.FromSeconds(20), "four rows");
        var owed = await OwedAsync();
        Assert.Equal(3, owed.DistinctBy(told => told.EventId).Count());
        Assert.Equal(
            ["a a/m-a m-a  refused the gateway's key (401)", "a a/m-a m-a  refused the gateway's key (403)", "a a/m-a m-a team_a refused the gateway's key (401)"],
            owed.DistinctBy(told => told.EventId).Select(told => $"{told.Provider} {told.Target} {told.Model} {told.TeamId} {told.Reason}").Order(StringComparer.Ordinal));
        await gateway.Misconfigured.StopAsync(Cancel);
        await replica.Misconfigured.StopAsync(Cancel);
    }

    private async Task<List<ProviderMisconfigured>> OwedAsync()
    {
        await using var command = DataSource.CreateCommand("SELECT body FROM outbox");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var owed = new List<ProviderMisconfigured>();
        while (await reader.ReadAsync(Cancel))
        {
            owed.Add(JsonSerializer.Deserialize<ProviderMisconfigured>(reader.GetString(0), JsonSerializerOptions.Web)!);
        }

        return owed;
    }
}
