using System.Globalization;

namespace Platform.Dashboard.Text;

/// <summary>Times for people. All are UTC, as the periods are, but those of budgets, which have a zone of their own.</summary>
internal static class TimeText
{
    /// <summary>Time of day, with the date in front when it is not today's.</summary>
    public static string Since(DateTimeOffset at, DateTimeOffset now) => at.UtcDateTime.Date == now.UtcDateTime.Date
        ? Format(at, "HH:mm 'UTC'")
        : Format(at, "d MMM HH:mm 'UTC'");

    /// <summary>Date and time of day, whatever the day is now.</summary>
    public static string Moment(DateTimeOffset at) => Format(at, "d MMM yyyy HH:mm 'UTC'");

    public static string Clock(DateTimeOffset at) => Format(at, "HH:mm:ss 'UTC'");

    /// <summary>A day, with the year when it is not this one.</summary>
    public static string Day(DateTimeOffset at, DateTimeOffset now) => Day(at, now, TimeZoneInfo.Utc);

    /// <summary>The same of a zone's calendar.</summary>
    public static string Day(DateTimeOffset at, DateTimeOffset now, TimeZoneInfo zone)
    {
        var day = TimeZoneInfo.ConvertTime(at, zone);
        return day.ToString(day.Year == TimeZoneInfo.ConvertTime(now, zone).Year ? "d MMM" : "d MMM yyyy", CultureInfo.InvariantCulture);
    }

    /// <summary>When a wallet will be empty: a day, or that it is.</summary>
    /// <param name="before">What is said before a day.</param>
    public static string Empty(DateTimeOffset at, DateTimeOffset now, string before = "") => at <= now ? "empty now" : before + Day(at, now);

    public static string Day(DateOnly day) => day.ToString("ddd d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>The month to date, by its days: who reads it on paper knows which one it was printed on.</summary>
    public static string MonthToDate(DateTimeOffset now) => Format(now, now.UtcDateTime.Day == 1 ? "d MMMM yyyy" : "'1 to' d MMMM yyyy");

    private static string Format(DateTimeOffset at, string format) => at.UtcDateTime.ToString(format, CultureInfo.InvariantCulture);
}
