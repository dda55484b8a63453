using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Metering.DeniedDemand;

namespace Platform.Metering.Tests;

public sealed class DeniedDemandTests
{
    [Fact(Timeout = 60_000)]
    public async Task Refusal_told_twice_is_kept_once()
    {
        await using var metering = await MeteringFixture.CreateAsync();
        var denied = new DemandDenied(
            Guid.CreateVersion7(), "team_support", "key_1", "batch", "standard", "openai", "gpt-4o", Reasons.InsufficientFunds, 1_500_000, "USD",
            new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        var record = metering.Get<RecordDeniedDemand>();

        Assert.True(await record.RunAsync(denied, TestContext.Current.CancellationToken));
        Assert.False(await record.RunAsync(denied, TestContext.Current.CancellationToken));
        Assert.Equal(1_500_000, await metering.ScalarAsync<long>("SELECT estimated_cost_nanos FROM denied_demand WHERE reason = 'INSUFFICIENT_FUNDS'"));
    }
}
