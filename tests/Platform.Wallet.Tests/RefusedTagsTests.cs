using System.Text.Json;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;

namespace Platform.Wallet.Tests;

/// <summary>A refused call's tags, which denied demand is told apart by.</summary>
public sealed class RefusedTagsTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Theory(Timeout = 300_000)]
    [InlineData("frozen = true", Reasons.WalletFrozen)]
    [InlineData("observe = true", Reasons.ObservedInsufficientFunds)]
    [InlineData("observe = false", Reasons.InsufficientFunds)]
    public async Task Event_of_a_refusal_has_the_tags_of_its_call(string policy, string reason)
    {
        var team = await ledger.TeamWithAsync(10);
        await ledger.ExecuteAsync($"UPDATE wallet SET {policy} WHERE team_id = $1", team);
        var attempt = Guid.CreateVersion7();
        await CreateAsync(team, attempt, new AttemptContext { KeyId = "key_1", Tags = { ["Feature"] = "a \"b\" ü", ["feature"] = "" } });

        var denied = await DeniedAsync(attempt);
        Assert.Equal((reason, "key_1"), (denied.Reason, denied.KeyId));
        Assert.Equal([("Feature", "a \"b\" ü"), ("feature", "")], denied.Tags!.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => (tag.Key, tag.Value)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Event_of_a_call_without_tags_says_so()
    {
        var team = await ledger.TeamWithAsync(10);
        var attempt = Guid.CreateVersion7();
        await CreateAsync(team, attempt, null);
        Assert.Empty((await DeniedAsync(attempt)).Tags!);
    }

    [Fact(Timeout = 300_000)]
    public async Task Tags_that_no_usage_record_may_have_are_refused()
    {
        var team = await ledger.TeamWithAsync(1_000);
        foreach (var (name, value) in new[] { ("", "a"), (new string('n', 51), "a"), ("a", new string('v', 201)), ("a", "\0") })
        {
            var context = new AttemptContext { Tags = { [name] = value } };
            Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => CreateAsync(team, Guid.CreateVersion7(), context)));
        }

        var many = new AttemptContext { Tags = { Enumerable.Range(0, 21).ToDictionary(number => $"{number}", _ => "") } };
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => CreateAsync(team, Guid.CreateVersion7(), many)));
        Assert.Equal("1000/0/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
    }

    private Task<CreateHoldResponse> CreateAsync(string team, Guid attempt, AttemptContext? context) => ledger.Get<CreateHold>().RunAsync(
        new CreateHoldRequest { AttemptId = attempt.ToString(), TeamId = team, BoundNanos = 100, Currency = "USD", Sent = true, Context = context }, "test", LedgerFixture.Token);

    private async Task<DemandDenied> DeniedAsync(Guid attempt) => JsonSerializer.Deserialize<DemandDenied>(
        await ledger.ScalarAsync<string>("SELECT body::text FROM outbox WHERE message_id = $1", attempt), JsonSerializerOptions.Web)!;
}
