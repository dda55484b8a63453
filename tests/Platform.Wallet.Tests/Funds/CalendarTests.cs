using System.Globalization;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

public sealed class CalendarTests
{
    [Theory]
    [InlineData("UTC", "2026-06-15T12:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("", "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z")]
    [InlineData("UTC", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z")]
    // In Berlin it is March already, and clocks go forward within it.
    [InlineData("Europe/Berlin", "2026-02-28T23:30:00Z", "2026-03-31T22:00:00Z")]
    [InlineData("Europe/Berlin", "2026-02-28T22:30:00Z", "2026-02-28T23:00:00Z")]
    // Clocks go back within October.
    [InlineData("Europe/Berlin", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")]
    [InlineData("America/New_York", "2026-03-01T04:59:59Z", "2026-03-01T05:00:00Z")]
    [InlineData("America/New_York", "2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z")]
    [InlineData("America/New_York", "2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z")]
    [InlineData("America/New_York", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z")]
    // Midnight comes twice on the first of November, and is skipped on the first of April 1984.
    [InlineData("America/Havana", "2026-10-20T00:00:00Z", "2026-11-01T04:00:00Z")]
    [InlineData("Asia/Amman", "1984-03-20T00:00:00Z", "1984-03-31T22:00:00Z")]
    public void A_month_ends_where_the_next_begins_in_its_zone(string zone, string moment, string next) =>
        Assert.Equal(At(next), BillingCalendar.Require(zone).NextMonth(At(moment)));

    [Theory]
    [InlineData("Mars/Olympus")]
    [InlineData("UTC+1")]
    [InlineData("W. Europe Standard Time")]
    public void A_zone_without_an_iana_name_is_refused(string zone) =>
        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(Assert.Throws<RpcException>(() => BillingCalendar.Require(zone))));

    [Fact]
    public void A_monthly_allocation_begins_where_it_starts_and_then_with_each_month_of_its_zone()
    {
        var allocation = Allocation(Recurrence.Monthly, "2026-02-10T09:00:00Z", null, "Europe/Berlin");
        var periods = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            periods.Add($"{allocation.DueAt:MM-dd HH} to {AllocationSchedule.EndOf(allocation, allocation.DueAt!.Value):MM-dd HH}");
            allocation = AllocationSchedule.Advance(allocation);
            Assert.Equal(AllocationState.Planned, allocation.State);
        }

        Assert.Equal(["02-10 09 to 02-28 23", "02-28 23 to 03-31 22", "03-31 22 to 04-30 22", "04-30 22 to 05-31 22"], periods);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("2026-02-20T00:00:00Z")]
    public void A_single_allocation_is_done_when_it_took_effect(string? endsAt)
    {
        var allocation = Allocation(Recurrence.Once, "2026-02-10T09:00:00Z", endsAt, "UTC");

        Assert.Equal(endsAt is null ? null : At(endsAt), AllocationSchedule.EndOf(allocation, allocation.DueAt!.Value));
        Assert.Equal((AllocationState.Done, null), (AllocationSchedule.Advance(allocation).State, AllocationSchedule.Advance(allocation).DueAt));
    }

    private static AllocationRow Allocation(Recurrence recurrence, string startsAt, string? endsAt, string zone) => new(
        Guid.NewGuid(), "wal_a", 10, recurrence, zone, At(startsAt), endsAt is null ? null : At(endsAt), PeriodEnd.Return, AllocationState.Planned,
        At(startsAt), null, 0, "", "test", At(startsAt));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
