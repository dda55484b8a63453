using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Variances;

/// <summary>Which days are held against which. Pure.</summary>
internal sealed record ComparedPeriods(Comparison Comparison, DaySpan Before, DaySpan Current)
{
    private const int Week = 7;

    /// <param name="at">A day of the period; null: yesterday.</param>
    /// <param name="today">The day that runs: it is in no comparison of what was.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: no day of the period is over, or a day was named for the forecast.</exception>
    public static ComparedPeriods Decide(Comparison comparison, DateOnly? at, DateOnly today)
    {
        var day = at ?? today.AddDays(-1);
        var month = new DateOnly(day.Year, day.Month, 1);
        return comparison switch
        {
            Comparison.Week => OfWeek(day.AddDays(-(((int)day.DayOfWeek + 6) % Week)), today),
            Comparison.Unspecified or Comparison.Month => OfMonth(month, today),
            Comparison.Forecast when at is null => OfForecast(new DateOnly(today.Year, today.Month, 1)),
            Comparison.Forecast => throw RpcErrors.InvalidArgument("The forecast is that of the current month: name no day with it."),
            _ => throw RpcErrors.InvalidArgument("comparison must be week, month or forecast."),
        };
    }

    private static ComparedPeriods OfWeek(DateOnly monday, DateOnly today)
    {
        var days = DaysOver(monday, monday.AddDays(Week), today);
        return new ComparedPeriods(Comparison.Week, new DaySpan(monday.AddDays(-Week), monday.AddDays(days - Week)), new DaySpan(monday, monday.AddDays(days)));
    }

    private static ComparedPeriods OfMonth(DateOnly first, DateOnly today)
    {
        var (before, next) = (first.AddMonths(-1), first.AddMonths(1));
        var days = DaysOver(first, next, today);
        var end = first.AddDays(days) == next ? first : DateOnly.FromDayNumber(Math.Min(before.AddDays(days).DayNumber, first.DayNumber));
        return new ComparedPeriods(Comparison.Month, new DaySpan(before, end), new DaySpan(first, first.AddDays(days)));
    }

    private static ComparedPeriods OfForecast(DateOnly first) =>
        new(Comparison.Forecast, new DaySpan(first.AddMonths(-1), first), new DaySpan(first, first.AddMonths(1)));

    private static int DaysOver(DateOnly from, DateOnly to, DateOnly today)
    {
        var days = Math.Min(to.DayNumber, today.DayNumber) - from.DayNumber;
        return days > 0 ? days : throw RpcErrors.InvalidArgument(string.Create(
            CultureInfo.InvariantCulture, $"No day of the period from {from:yyyy-MM-dd} is over yet; name a day before {today:yyyy-MM-dd}."));
    }
}
