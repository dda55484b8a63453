using System.Globalization;
using Grpc.Core;
using Platform.Contracts;
using Platform.Forecast.Projection;
using Platform.Postgres.Forgetting;

namespace Platform.Forecast.Series;

/// <summary>How long quarter hours are kept. Days of UTC are sums of their own and are kept for ever, as is money without tokens, of which there is little.</summary>
internal static class KeptQuarters
{
    /// <summary>As far as forecasts look back, and a quarter of a year more, so that a variance of the last three months finds what its plan items are held against.</summary>
    public const int Days = GetForecast.HistoryDays + 92;

    /// <summary>Longer than a day in any time zone is behind.</summary>
    private const int ChangeDays = 3;

    /// <summary>What is forgotten with age, by its time.</summary>
    public static readonly IReadOnlyList<AgingTable> Tables =
    [
        new("usage_quarter", _ => Days, "quarter_start"), new("denied_quarter", _ => Days, "quarter_start"), new("series_quarter", _ => ChangeDays, "quarter_start"),
    ];

    /// <summary>Passes where all of a day, and of those after it, is kept in the calendar's zone.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION (USAGE_NOT_KEPT).</exception>
    public static void Require(BillingCalendar calendar, DateOnly day, DateTimeOffset now)
    {
        // A day of which a part is gone is gone.
        var first = calendar.DayOf(now.AddDays(-Days)).AddDays(1);
        if (!calendar.IsUtc && day < first)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.UsageNotKept, string.Create(
                    CultureInfo.InvariantCulture,
                    $"This looks back to {day:yyyy-MM-dd}, and of days of {calendar.Name} those from {first:yyyy-MM-dd} on are kept. Ask for a later period, or in UTC, whose days are all kept."));
        }
    }
}
