using System.Globalization;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Variances;

namespace Platform.Forecast.Tests;

public sealed class ComparedPeriodsTests
{
    // Today is Wednesday, the tenth of June.
    [Theory]
    [InlineData(Comparison.Week, null, "06-01..06-03 06-08..06-10")]
    [InlineData(Comparison.Week, "2026-06-04", "05-25..06-01 06-01..06-08")]
    [InlineData(Comparison.Week, "2026-06-07", "05-25..06-01 06-01..06-08")]
    [InlineData(Comparison.Month, null, "05-01..05-10 06-01..06-10")]
    [InlineData(Comparison.Unspecified, "2026-05-31", "04-01..05-01 05-01..06-01")]
    [InlineData(Comparison.Month, "2026-03-01", "02-01..03-01 03-01..04-01")]
    [InlineData(Comparison.Forecast, null, "05-01..06-01 06-01..07-01")]
    public void A_period_is_held_against_the_one_before_and_one_that_runs_against_as_many_days(Comparison comparison, string? at, string expected) =>
        Assert.Equal(expected, Shown(comparison, at, "2026-06-10"));

    [Theory]
    [InlineData("2026-03-30", "02-01..03-01 03-01..03-30")]
    [InlineData("2026-06-01", "04-01..05-01 05-01..06-01")]
    public void On_the_first_of_a_month_the_last_one_is_told_and_of_a_shorter_one_before_all_days_count(string today, string expected) =>
        Assert.Equal(expected, Shown(Comparison.Month, null, today));

    [Theory]
    [InlineData(Comparison.Month, "2026-06-10")]
    [InlineData(Comparison.Week, "2026-06-15")]
    [InlineData(Comparison.Forecast, "2026-06-09")]
    [InlineData((Comparison)9, null)]
    public void A_period_without_a_day_that_is_over_is_refused(Comparison comparison, string? at)
    {
        var today = at == "2026-06-10" ? "2026-06-01" : "2026-06-10";
        Assert.Throws<Grpc.Core.RpcException>(() => Shown(comparison, at, today));
    }

    private static string Shown(Comparison comparison, string? at, string today)
    {
        var periods = ComparedPeriods.Decide(comparison, at is null ? null : Day(at), Day(today));
        return $"{Shown(periods.Before)} {Shown(periods.Current)}";
    }

    private static string Shown(DaySpan days) => string.Create(CultureInfo.InvariantCulture, $"{days.From:MM-dd}..{days.To:MM-dd}");

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
