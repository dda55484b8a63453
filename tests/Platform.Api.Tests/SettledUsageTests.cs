using Platform.Api.Reconciliation;
using Platform.Api.Wallets;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;

namespace Platform.Api.Tests;

public sealed class SettledUsageTests
{
    [Fact]
    public void Usage_that_is_settled_is_its_callers_call_at_the_key_that_the_bill_names()
    {
        var hold = new OpenHold
        {
            AttemptId = "0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10", TeamId = "team_a", UserId = "ann", ApplicationId = "chat",
            Context = new AttemptContext
            {
                KeyId = "key_1", Workload = "batch", Lane = "economy", Provider = "openai", Model = "gpt-4o-mini", PriceId = 7, CallId = "0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c11",
                AttemptNumber = 2, ModelAsked = "default", UpstreamKey = "a1b2", ServiceTier = "flex", Region = "eu", Tags = { ["feature"] = "search" },
                RetryOf = "0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c13", Fallback = true, RoutePolicy = "policy@3", Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            },
        };

        var usage = SettledUsage.Of(hold);

        Assert.Equal(("suspense", hold.AttemptId, hold.AttemptId, hold.Context.CallId), (usage.Source, usage.EventId, usage.AttemptId, usage.CallId));
        Assert.Equal(("team_a", "ann", "chat", "key_1"), (usage.TeamId, usage.UserId, usage.ApplicationId, usage.KeyId));
        Assert.Equal(("openai", "default", "gpt-4o-mini", "a1b2", 7L), (usage.Provider, usage.ModelAsked, usage.ModelServed, usage.UpstreamKey, usage.PriceId));
        Assert.Equal(("flex", "eu"), (usage.ServiceTier, usage.Region));
        Assert.Equal((Funding.Leased, "batch", "economy", 2, "search"), (usage.Funding, usage.Workload, usage.Lane, usage.AttemptNumber, usage.Tags["feature"]));
        Assert.Equal((hold.Context.RetryOf, true, "policy@3", hold.Context.Traceparent), (usage.RetryOf, usage.Fallback, usage.RoutePolicy, usage.Traceparent));
    }

    /// <summary>Input and output tokens and tier of the bill → what a repeat is told of a settlement of 8 and 15 tokens.</summary>
    [Theory]
    [InlineData(8, 15, null, "")]
    [InlineData(8, 15, "standard", "")]
    [InlineData(8, 16, null, "settled before with 8 input, 15 output tokens at tier standard. Nothing changed: correct record r1 instead")]
    [InlineData(8, 15, "flex", "at tier standard. Nothing changed")]
    public void Settlement_that_is_repeated_with_other_figures_says_that_nothing_changed(long input, long output, string? tier, string told)
    {
        var settled = new UsageRecord { RecordId = "r1", Event = new UsageEvent { Tokens = new Tokens { Input = 8, Output = 15 } }, Cost = new Cost { TotalNanos = 10_200 } };

        var answer = SuspenseEndpoints.Repeated(settled, new Tokens { Input = input, Output = output }, tier);

        Assert.Equal(("duplicate", "r1", 10_200L), (answer.Outcome, answer.RecordId, answer.Cost!.Value.Nanos));
        Assert.Equal(told.Length == 0, answer.Message.Length == 0);
        Assert.Contains(told, answer.Message, StringComparison.Ordinal);
    }

    // The user and the application are those of the call that the lease was made for.
    [Theory]
    [InlineData("gateway-1", "wal_team_a", "", "", "")]
    [InlineData("gateway-1", "wal_team_a.user.ann", "ann", "", "")]
    [InlineData("gateway-1", "wal_team_a.app.chat", "", "chat", "")]
    [InlineData("holder/team_a/agents", "wal_team_a", "", "", "key_1")]
    [InlineData("holder/team_a/agents", "wal_team_a.user.ann", "ann", "", "key_1")]
    public void Usage_that_is_settled_from_a_lease_is_of_whoever_alone_can_have_drawn_it(string holder, string wallet, string user, string application, string key)
    {
        var lease = new Lease
        {
            LeaseId = "0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c12", Holder = holder, WalletId = wallet, TeamId = "team_a", UserId = "ann", ApplicationId = "chat", KeyId = "key_1", HeldNanos = 7,
        };

        var usage = SuspenseEndpoints.EventOf("0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10", lease, new SettleBody(Provider: "openai", Model: "gpt-4o-mini"));

        Assert.Equal(("team_a", user, application, key), (usage.TeamId, usage.UserId, usage.ApplicationId, usage.KeyId));
        Assert.Equal((lease.LeaseId, 7L, "openai", "gpt-4o-mini"), (usage.LeaseId, usage.BoundNanos, usage.Provider, usage.ModelServed));
    }

    [Theory]
    [InlineData(true, false, Mark.Overflow)]
    [InlineData(false, true, Mark.Observed)]
    [InlineData(false, false, Mark.Unspecified)]
    public void Usage_that_is_settled_is_marked_as_its_hold_was(bool overflow, bool observed, Mark expected) =>
        Assert.Equal(expected, SettledUsage.Of(new OpenHold { TeamId = "team_a", Overflow = overflow, Observed = observed }).Mark);

    [Fact]
    public void What_only_a_lease_needs_is_refused_for_an_attempt_that_is_listed()
    {
        var bill = new SettleBody(InputTokens: 1, OutputTokens: 1, Description: "bill 7", ServiceTier: "flex");
        SuspenseEndpoints.RequireNothingOfALease(bill, "No.");
        foreach (var more in new[] { bill with { LeaseId = "l" }, bill with { Provider = "p" }, bill with { Model = "m" }, bill with { OccurredAt = DateTimeOffset.UnixEpoch } })
        {
            Assert.Throws<Grpc.Core.RpcException>(() => SuspenseEndpoints.RequireNothingOfALease(more, "No."));
        }
    }

    [Fact]
    public void Open_hold_says_whose_bill_it_may_be_on()
    {
        var hold = OpenHoldBody.From(new OpenHold { AttemptId = "a", Context = new AttemptContext { Provider = "openai", UpstreamKey = "a1b2", Tags = { ["feature"] = "search" } } });
        Assert.Equal(("openai", "a1b2", "search"), (hold.Provider, hold.UpstreamKey, hold.Tags["feature"]));
        var silent = OpenHoldBody.From(new OpenHold { AttemptId = "a" });
        Assert.Equal(("", "", 0), (silent.Provider, silent.UpstreamKey, silent.Tags.Count));
    }

    [Fact]
    public void Hold_of_an_earlier_release_says_what_it_can()
    {
        var usage = SettledUsage.Of(new OpenHold { TeamId = "team_a", Context = new AttemptContext { Model = "gpt-4o-mini", CallId = "mine" } });

        Assert.Equal(("gpt-4o-mini", "", "", 1), (usage.ModelAsked, usage.CallId, usage.UpstreamKey, usage.AttemptNumber));
    }
}
