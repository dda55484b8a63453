using System.Globalization;

namespace Platform.Contracts;

/// <summary>A calendar month of a zone, half open.</summary>
/// <param name="Name">Such as 2026-06.</param>
public readonly record struct BillingMonth(string Name, DateTimeOffset From, DateTimeOffset To)
{
    private const string Format = "yyyy-MM";

    /// <summary>False for what is no month from 2000 to 2199.</summary>
    public static bool TryParse(string name, TimeZoneInfo zone, out BillingMonth month)
    {
        month = default;
        if (name.Length != 7 || !DateOnly.TryParseExact(name + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first)
            || !Moments.HasYear(first.Year))
        {
            return false;
        }

        month = new BillingMonth(name, CalendarPeriod.StartOf(first, zone), CalendarPeriod.StartOf(first.AddMonths(1), zone));
        return true;
    }

    /// <summary>The month that a moment lies in.</summary>
    public static BillingMonth Containing(DateTimeOffset moment, TimeZoneInfo zone)
    {
        var period = CalendarPeriod.Containing(CalendarUnit.Month, zone, moment);
        return new BillingMonth(TimeZoneInfo.ConvertTime(period.From, zone).ToString(Format, CultureInfo.InvariantCulture), period.From, period.To);
    }

    /// <summary>The months from the one that a moment lies in up to the one of another, in order.</summary>
    public static IEnumerable<BillingMonth> Between(DateTimeOffset first, DateTimeOffset last, TimeZoneInfo zone)
    {
        for (var moment = first; ;)
        {
            var month = Containing(moment, zone);
            yield return month;
            if (month.Contains(last) || month.From > last)
            {
                yield break;
            }

            moment = month.To;
        }
    }

    public bool Contains(DateTimeOffset moment) => From <= moment && moment < To;
}
