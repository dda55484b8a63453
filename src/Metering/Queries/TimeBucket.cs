using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>A part of a query's range, half open, at full quarter hours.</summary>
/// <param name="Key">How it reads in an answer.</param>
internal readonly record struct TimeBucket(DateTimeOffset From, DateTimeOffset To, string Key);

/// <summary>Cuts a range at a zone's calendar. Pure.</summary>
internal static class TimeBuckets
{
    public const int Most = 20_000;

    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    /// <summary>The parts of a range, in order; the first and last one may be cut by it. Null for more than <see cref="Most"/>.</summary>
    public static List<TimeBucket>? Of(SpendDimension unit, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to) =>
        unit is SpendDimension.QuarterHour or SpendDimension.Hour
            ? OfClock(unit == SpendDimension.Hour ? TimeSpan.FromHours(1) : Quarter, zone, from, to)
            : OfCalendar(unit, zone, from, to);

    private static List<TimeBucket>? OfCalendar(SpendDimension unit, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var calendar = unit switch
        {
            SpendDimension.Day => CalendarUnit.Day,
            SpendDimension.Week => CalendarUnit.Week,
            SpendDimension.Month => CalendarUnit.Month,
            _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "Not a unit of the calendar."),
        };
        var format = unit == SpendDimension.Month ? "yyyy-MM" : "yyyy-MM-dd";
        var buckets = new List<TimeBucket>();
        for (var begin = from; begin < to;)
        {
            if (buckets.Count == Most)
            {
                return null;
            }

            var period = CalendarPeriod.Containing(calendar, zone, begin);
            var end = Moments.QuarterHour(period.To) is var next && next < to ? next : to;
            buckets.Add(new TimeBucket(begin, end, TimeZoneInfo.ConvertTime(period.From, zone).ToString(format, CultureInfo.InvariantCulture)));
            begin = end;
        }

        return buckets;
    }

    // Quarter hours that read alike are one bucket; with the offset in the reading, the hour that clocks repeat is two.
    private static List<TimeBucket>? OfClock(TimeSpan size, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var buckets = new List<TimeBucket>();
        var current = default(DateTimeOffset);
        for (var quarter = from; quarter < to; quarter += Quarter)
        {
            var local = TimeZoneInfo.ConvertTime(quarter, zone);
            var begin = local - new TimeSpan(local.TimeOfDay.Ticks % size.Ticks);
            if (buckets.Count > 0 && begin.EqualsExact(current))
            {
                buckets[^1] = buckets[^1] with { To = quarter + Quarter };
                continue;
            }

            if (buckets.Count == Most)
            {
                return null;
            }

            current = begin;
            buckets.Add(new TimeBucket(quarter, quarter + Quarter, begin.ToString("yyyy-MM-dd'T'HH:mmzzz", CultureInfo.InvariantCulture)));
        }

        return buckets;
    }
}
