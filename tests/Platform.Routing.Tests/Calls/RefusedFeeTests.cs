using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Journal;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>Models with a price per request: what a provider refused does not cost it. A token costs a nano, 110 are stated, a request a thousand.</summary>
public sealed class RefusedFeeTests() : GatewayTest(new LocalGateway { Fee = 1_000 })
{
    private static readonly RouteFailover Alone = new(FailureKinds.None, FailureKinds.None, 1, 20, TimeSpan.FromMilliseconds(1));

    [Theory]
    [InlineData("429 2", 0, Outcome.Failed)]
    [InlineData("500", 0, Outcome.Failed)]
    [InlineData("400 context_length_exceeded", 0, Outcome.Failed)]
    [InlineData("400 content_policy_violation", 0, Outcome.Failed)]
    [InlineData("""said {"error":{"code":500,"message":"sorry"},"usage":{"prompt_tokens":100,"completion_tokens":10}}""", 1_110, Outcome.Failed)]
    [InlineData("ok", 1_110, Outcome.Succeeded)]
    public async Task Refused_attempt_costs_nothing_and_its_lease_has_its_bound_back(string script, long cost, Outcome outcome)
    {
        var before = (await FundedAsync()).DrawnNanos;
        Providers.Script("a", script);
        await CallAsync();
        var end = Gateway.Attempts()[^1].Last;
        Assert.Equal((JournalKind.Finished, cost, outcome), (end.Kind, end.AmountNanos, end.Event!.Outcome));
        Assert.Equal(cost, (await Gateway.LeaseAsync()).DrawnNanos - before);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("""said {"error":{"code":500,"message":"sorry"}}""")]
    public async Task Attempt_that_may_be_billed_keeps_its_bound_with_the_fee(string script)
    {
        Providers.Script("a", script);
        await CallAsync();
        var attempt = Assert.Single(Gateway.Attempts());
        Assert.Equal((JournalKind.LeasedUnknown, attempt.Intent.AmountNanos), (attempt.Last.Kind, attempt.Last.AmountNanos));
        Assert.True(attempt.Intent.AmountNanos > 1_000);
    }

    /// <summary>A call that draws the lease.</summary>
    private async Task<Routing.Leases.LeaseTotals> FundedAsync()
    {
        await CallAsync();
        return await Gateway.LeaseAsync();
    }

    private Task<(int Status, string Body, Microsoft.AspNetCore.Http.IHeaderDictionary Headers)> CallAsync() =>
        Gateway.CallAsync(LocalGateway.Set(Alone, LocalGateway.Target("a", Providers.AddressOf("a"))));
}
