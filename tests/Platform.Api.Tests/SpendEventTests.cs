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
        var mapped = SpendEventMapping.ToEvent(new SpendEventBody { TeamId = "team_support", Provider = "openai", Model = "gpt-4o", InputTokens = 7 }, "key/0", Now);

        Assert.Equal((Funding.External, Outcome.Succeeded, "api", "key/0"), (mapped.Funding, mapped.Outcome, mapped.Source, mapped.EventId));
        Assert.Equal(("gpt-4o", "gpt-4o", 7L, 0L), (mapped.ModelAsked, mapped.ModelServed, mapped.Tokens.Input, mapped.Tokens.Output));
        Assert.Equal(Now, mapped.OccurredAt.ToDateTimeOffset());
    }

    [Fact]
    public void Moment_finer_than_a_microsecond_is_cut_so_that_it_reads_back_as_written()
    {
        var mapped = SpendEventMapping.ToEvent(
            new SpendEventBody { TeamId = "t", Provider = "p", Model = "m", OccurredAt = Now.AddTicks(19) }, "key/0", Now);

        Assert.Equal(Now.AddTicks(10), mapped.OccurredAt.ToDateTimeOffset());
    }

    [Fact]
    public void Prompt_hash_is_hexadecimal()
    {
        var mapped = SpendEventMapping.ToEvent(
            new SpendEventBody { TeamId = "t", Provider = "p", Model = "m", PromptHash = "00ff00ff00ff00ff00ff00ff00ff00FF" }, "key/0", Now);
        Assert.Equal([0, 255, 0, 255], mapped.PromptHash.ToByteArray()[..4]);

        var refused = Assert.Throws<Grpc.Core.RpcException>(() =>
            SpendEventMapping.ToEvent(new SpendEventBody { TeamId = "t", Provider = "p", Model = "m", PromptHash = "rubbish" }, "key/0", Now));
        Assert.Contains("prompt_hash", refused.Status.Detail);
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
