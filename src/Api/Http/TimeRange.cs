using System.Globalization;
using Platform.Api.Json;
using Platform.Contracts;

namespace Platform.Api.Http;

/// <summary>
/// Reads the `from`, `to`, `since` and `time_zone` query parameters. All ranges are half open. Moments are of the years that the services keep, 2000 to 2199: checked
/// here before any arithmetic of the calendar, which has an end of its own.
/// </summary>
internal static class TimeRange
{
    private const int DefaultDays = 30;

    /// <summary>
    /// `from` and `to` are dates (midnight in the zone) or times; `since` is a length back from `to`, such as 24h, 30d or 4w. Absent: the last 30 days up to now.
    /// </summary>
    public static (DateTimeOffset From, DateTimeOffset To) Read(string? from, string? to, string? since, string? timeZone, DateTimeOffset now)
    {
        var zone = Zone(timeZone);
        if (from is not null && since is not null)
        {
            throw RpcErrors.InvalidArgument("Give from or since, not both.");
        }

        var end = Moment("to", to, zone) ?? now;
        var begin = Moment("from", from, zone) ?? Usable("since", end - (since is null ? TimeSpan.FromDays(DefaultDays) : Length(since)));
        return begin < end ? (begin, end) : throw RpcErrors.InvalidArgument("from must lie before to.");
    }

    /// <summary>`from` and `to` of a list that is whole without them: each null when absent.</summary>
    public static (DateTimeOffset? From, DateTimeOffset? To) Bounds(string? from, string? to, string? timeZone)
    {
        var zone = Zone(timeZone);
        var (begin, end) = (Moment("from", from, zone), Moment("to", to, zone));
        return begin >= end ? throw RpcErrors.InvalidArgument("from must lie before to.") : (begin, end);
    }

    /// <summary>A date or a time; null when absent.</summary>
    public static DateTimeOffset? Moment(string name, string? text, TimeZoneInfo? zone = null)
    {
        if (text is null)
        {
            return null;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return Moments.HasYear(date.Year) ? CalendarPeriod.StartOf(date, zone ?? TimeZoneInfo.Utc) : throw Complaint(name, text);
        }

        return UtcTimeJsonConverter.TryParse(text, out var moment)
            ? Moments.HasYear(moment.UtcDateTime.Year) ? moment : throw Complaint(name, text)
            : throw RpcErrors.InvalidArgument($"{name} '{text}' is neither a date (2026-06-01) nor a time (2026-06-01T13:00:00Z).");
    }

    /// <summary>A date, a time, or a length back from now such as 90d.</summary>
    public static DateTimeOffset Since(string text, DateTimeOffset now) =>
        IsLength(text) ? Usable("since", now - Length(text)) : Moment("since", text)!.Value;

    /// <summary>True for what is to be a length back from now; else it is a date or a time.</summary>
    public static bool IsLength(string text) => text[^1] is 'h' or 'd' or 'w';

    public static TimeSpan Length(string text)
    {
        var unit = text.Length < 2 ? default : text[^1] switch { 'h' => TimeSpan.FromHours(1), 'd' => TimeSpan.FromDays(1), 'w' => TimeSpan.FromDays(7), _ => default };
        return unit != default && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 10_000
            ? unit * count
            : throw RpcErrors.InvalidArgument($"since '{text}' is not a length such as 24h, 30d or 4w.");
    }

    /// <summary>A calendar period in a zone, half open: a year (2026), quarter (2026-Q2), month (2026-06) or day (2026-06-15).</summary>
    public static (DateTimeOffset From, DateTimeOffset To) Period(string text, TimeZoneInfo zone)
    {
        var (first, months, days) = text.Length switch
        {
            4 => ($"{text}-01-01", 12, 0),
            7 when text[4] == '-' && text[5] == 'Q' && text[6] is >= '1' and <= '4' => ($"{text[..4]}-{((text[6] - '1') * 3) + 1:00}-01", 3, 0),
            7 => ($"{text}-01", 1, 0),
            _ => (text, 0, 1),
        };
        return DateOnly.TryParseExact(first, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && Moments.HasYear(day.Year)
            ? (CalendarPeriod.StartOf(day, zone), CalendarPeriod.StartOf(day.AddMonths(months).AddDays(days), zone))
            : throw RpcErrors.InvalidArgument($"period '{text}' is none of a year (2026), a quarter (2026-Q2), a month (2026-06) and a day (2026-06-15).");
    }

    private static DateTimeOffset Usable(string name, DateTimeOffset moment) =>
        Moments.HasYear(moment.UtcDateTime.Year) ? moment : throw Complaint(name, moment.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static Grpc.Core.RpcException Complaint(string name, string text) =>
        RpcErrors.InvalidArgument($"{name} '{Validation.Shown(text)}' must lie in the years {Moments.Earliest.Year} to {Moments.Latest.Year - 1}.");

    /// <summary>The zone of an IANA name; UTC where none is given.</summary>
    public static TimeZoneInfo Zone(string? name) => CalendarPeriod.TryFindZone(name ?? "", out var zone)
        ? zone
        : throw RpcErrors.InvalidArgument($"time_zone '{name}' is not an IANA time zone name such as Europe/Paris.");
}
