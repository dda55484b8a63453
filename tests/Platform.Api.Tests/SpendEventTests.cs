using Platform.Api.Json;
using Platform.Api.Spend;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Tests;

public sealed class SpendEventTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Event_with_the_least_is_external_now_and_as_asked()
    {
        var mapped = SpendEventMapping.ToEvent(new SpendEventBody { TeamId = "team_support", Provider = "openai", Model = "gpt-4o", InputTokens = 7 }, Ids(), Now);

        Assert.Equal((Funding.External, Outcome.Succeeded, "api"), (mapped.Funding, mapped.Outcome, mapped.Source));
        Assert.Equal(("gpt-4o", "gpt-4o", 7L, 0L), (mapped.ModelAsked, mapped.ModelServed, mapped.Tokens.Input, mapped.Tokens.Output));
        Assert.Equal(Now, mapped.OccurredAt.ToDateTimeOffset());
    }

    [Fact]
    public void Money_without_tokens_needs_no_model()
    {
        var mapped = SpendEventMapping.ToEvent(
            new SpendEventBody { TeamId = "team_support", Provider = "openai", Adjustment = new Contracts.Money(-12_500_000_000), EventId = "INV-7" }, Ids(), Now);

        Assert.Equal((true, -12_500_000_000, Funding.External, "", Now), (mapped.HasAdjustmentNanos, mapped.AdjustmentNanos, mapped.Funding, mapped.ModelServed, mapped.OccurredAt.ToDateTimeOffset()));
        Assert.Equal(new Tokens(), mapped.Tokens);
        Assert.False(SpendEventMapping.ToEvent(new SpendEventBody { TeamId = "t", Provider = "p", Model = "m" }, Ids(), Now).HasAdjustmentNanos);
    }

    [Fact]
    public void Moment_finer_than_a_microsecond_is_cut_so_that_it_reads_back_as_written()
    {
        var mapped = SpendEventMapping.ToEvent(
            new SpendEventBody { TeamId = "t", Provider = "p", Model = "m", OccurredAt = Now.AddTicks(19) }, Ids(), Now);

        Assert.Equal(Now.AddTicks(10), mapped.OccurredAt.ToDateTimeOffset());
    }

    [Fact]
    public void Prompt_hash_is_hexadecimal()
    {
        var mapped = SpendEventMapping.ToEvent(
            new SpendEventBody { TeamId = "t", Provider = "p", Model = "m", PromptHash = "00ff00ff00ff00ff00ff00ff00ff00FF" }, Ids(), Now);
        Assert.Equal([0, 255, 0, 255], mapped.PromptHash.ToByteArray()[..4]);

        var refused = Assert.Throws<Grpc.Core.RpcException>(() =>
            SpendEventMapping.ToEvent(new SpendEventBody { TeamId = "t", Provider = "p", Model = "m", PromptHash = "rubbish" }, Ids(), Now));
        Assert.Contains("prompt_hash", refused.Status.Detail);
    }

    [Fact]
    public void Event_without_an_id_is_the_same_under_a_key_wherever_it_stands_and_another_one_is_not()
    {
        var tags = new Dictionary<string, string?> { ["job"] = "a", ["step"] = "1" };
        SpendEventBody[] events = [Body(1, "team_support"), Body(2, "team_support") with { Tags = tags }, Body(1, "team_search"), Body(1, "team_support")];
        var sent = Sent("key", Now, events);
        Assert.Equal(4, sent.Distinct().Count());
        Assert.All(sent, id => Assert.InRange(id.Length, 1, 200));

        // Again, later, with the tags the other way round; and only some of them, as who mends what was refused sends it.
        Assert.Equal(sent, Sent("key", Now.AddHours(1), events[0], events[1] with { Tags = tags.Reverse().ToDictionary() }, events[2], events[3]));
        Assert.Equal([sent[1], sent[0]], Sent("key", Now, events[1], events[0]));

        Assert.DoesNotContain(Assert.Single(Sent("key", Now, Body(3, "team_support"))), sent);
        Assert.DoesNotContain(Assert.Single(Sent("other", Now, events[0])), sent);
        Assert.Equal(2, Sent("key", Now, Body(1, "a") with { OccurredAt = Now }, Body(1, "a") with { OccurredAt = Now.AddSeconds(1) }).Distinct().Count());
        Assert.Equal("own", Assert.Single(Sent(new string('k', 200), Now, Body(1, "a") with { EventId = "own" })));

        static SpendEventBody Body(long tokens, string team) => new() { TeamId = team, Provider = "openai", Model = "gpt-4o", InputTokens = tokens };
    }

    private static SpendEventIds Ids() => new("key");

    private static string[] Sent(string key, DateTimeOffset now, params SpendEventBody[] events)
    {
        var ids = new SpendEventIds(key);
        return [.. events.Select(body => SpendEventMapping.ToEvent(body, ids, now).EventId)];
    }

    [Theory]
    [InlineData("inference", true)]
    [InlineData("billing_admin", true)]
    [InlineData("BillingAdmin", false)]
    [InlineData("unspecified", false)]
    [InlineData("", false)]
    [InlineData("4", false)]
    public void Enum_names_are_those_of_the_contract(string text, bool known) =>
        Assert.Equal(known, EnumText.TryParse<Platform.Contracts.Identity.V1.Role>(text, out _));
}
