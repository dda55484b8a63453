using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Spend;

/// <summary>The range that a question about spend names.</summary>
/// <param name="EndsNow">True where it names no end, so that what is recorded while it is answered belongs to it.</param>
internal readonly record struct SpendRange(DateTimeOffset From, DateTimeOffset To, bool EndsNow)
{
    private static readonly TimeSpan QuarterHour = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The quarter hours that the range touches, which is what sums are kept of: the range that is summed, and that an answer names. One that ends now has the quarter
    /// hour that runs.
    /// </summary>
    public SpendRange InQuarterHours() => new(Moments.QuarterHour(From), EndsNow ? After(To) : Moments.QuarterHour(To) == To ? To : After(To), EndsNow);

    /// <summary>The end of the quarter hour that a moment lies in.</summary>
    public static DateTimeOffset After(DateTimeOffset moment) => Moments.QuarterHour(moment) + QuarterHour;

    /// <summary>From `from` and `to`, `since`, or a calendar `period`; absent: the last 30 days, from the beginning of the first day, week or month that has a row.</summary>
    /// <param name="groupBy">What rows are for.</param>
    public static SpendRange Read(
        string? from, string? to, string? since, string? period, string? timeZone, DateTimeOffset now, params IReadOnlyList<SpendDimension> groupBy)
    {
        if (period is null)
        {
            var range = TimeRange.Read(from, to, since, timeZone, now);
            var isOpen = from is null && since is null;
            return new SpendRange(isOpen ? Whole(range.From, groupBy, TimeRange.Zone(timeZone)) : range.From, range.To, to is null);
        }

        if (from is not null || to is not null || since is not null)
        {
            throw RpcErrors.InvalidArgument("Give period, or from, to and since, not both.");
        }

        var named = TimeRange.Period(period, TimeRange.Zone(timeZone));
        return new SpendRange(named.From, named.To, false);
    }

    // Half a month in a row that bears the month's name would be taken for all of it.
    private static DateTimeOffset Whole(DateTimeOffset from, IReadOnlyList<SpendDimension> groupBy, TimeZoneInfo zone)
    {
        CalendarUnit? unit = groupBy.Contains(SpendDimension.Month) ? CalendarUnit.Month
            : groupBy.Contains(SpendDimension.Week) ? CalendarUnit.Week
            : groupBy.Contains(SpendDimension.Day) ? CalendarUnit.Day
            : null;
        return unit is { } rows && CalendarPeriod.Containing(rows, zone, from).From is var first && first > Moments.Earliest ? first : from;
    }
}
