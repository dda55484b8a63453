using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;

namespace Platform.Metering.Queries;

/// <summary>
/// How fast all, or what filters leave, is spent. "Last hour", "last day" and "last 7 days" are the 4, 96 and 672 quarter hours up to and with the current one. The run rate is
/// the mean of the last seven full days, or of those since usage began: days before it say nothing of how fast is spent. As a forecast's is (ScopeHistory), and without
/// money without tokens, which no pace brings again: only the month to date has it.
/// </summary>
internal sealed class GetRunRate(SpendSource source, TeamDirectory organisation, TimeProvider time)
{
    private const int Days = 7;
    private const int MonthBucket = 3;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: the time zone or a filter.</exception>
    public async Task<RunRate> RunAsync(GetRunRateRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var zone = TimeZones.Read(request.TimeZone);
        var conditions = SpendCondition.Read(request.Filters, SpendDimensions.IsOfRecords);
        var month = CalendarPeriod.Containing(CalendarUnit.Month, zone, now);
        var periods = Periods(now, month, zone);
        var sums = await source.ReadAsync(periods, [], conditions, booked: false, periods.Length, cut: null, cancellationToken);
        var days = await CountDaysAsync(periods[^1], conditions, zone, cancellationToken);
        long SumOf(int bucket, Func<SpendFigures, long> figure) => sums.Where(sum => sum.Bucket == bucket).Sum(sum => figure(sum.Figures));
        var spent = periods.Select((_, bucket) => SumOf(bucket, figures => figures.CostNanos - figures.AdjustmentNanos)).ToArray();
        var monthToDate = SumOf(MonthBucket, figures => figures.CostNanos);
        var rate = new RunRate
        {
            LastHourNanos = spent[0],
            LastDayNanos = spent[1],
            Last7DaysNanos = spent[2],
            MonthToDateNanos = monthToDate,
            RunRateDays = days,
            Currency = await organisation.GetCurrencyAsync(cancellationToken),
            AsOf = now.ToTimestampUtc(),
        };
        if (days > 0)
        {
            rate.DailyRunRateNanos = Round((decimal)spent[4] / days);
            rate.MonthProjectedNanos = Project(monthToDate, spent[4], days, month.To - now);
        }

        return rate;
    }

    /// <summary>Of the full days those from the day of the first usage on.</summary>
    private async Task<int> CountDaysAsync(TimeBucket fullDays, IReadOnlyList<SpendCondition> conditions, TimeZoneInfo zone, CancellationToken cancellationToken) =>
        await source.FindFirstAsync(fullDays.From, fullDays.To, conditions, cancellationToken) is { } first
            ? Math.Clamp(DayOf(fullDays.To, zone).DayNumber - DayOf(first, zone).DayNumber, 1, Days)
            : 0;

    private static DateOnly DayOf(DateTimeOffset moment, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(CalendarPeriod.Containing(CalendarUnit.Day, zone, moment).From, zone).DateTime);

    // The month's is all of it: what is told of as a little ahead, because clocks differ, is in it.
    private static TimeBucket[] Periods(DateTimeOffset now, CalendarPeriod month, TimeZoneInfo zone)
    {
        var end = Moments.QuarterHour(now) + TimeSpan.FromMinutes(15);
        var today = DayOf(now, zone);
        return
        [
            new TimeBucket(end.AddHours(-1), end, "hour"),
            new TimeBucket(end.AddDays(-1), end, "day"),
            new TimeBucket(end.AddDays(-Days), end, "7 days"),
            new TimeBucket(Moments.QuarterHour(month.From), Moments.QuarterHour(month.To), "month"),
            new TimeBucket(
                Moments.QuarterHour(CalendarPeriod.StartOf(today.AddDays(-Days), zone)), Moments.QuarterHour(CalendarPeriod.StartOf(today, zone)), "7 full days"),
        ];
    }

    /// <summary>Month to date plus the mean day for each day, and part of a day, that the month still has.</summary>
    private static long Project(long monthToDateNanos, long fullDaysNanos, int days, TimeSpan left) => checked(
        monthToDateNanos + Round((decimal)fullDaysNanos * left.Ticks / (days * TimeSpan.TicksPerDay)));

    private static long Round(decimal nanos) => (long)decimal.Round(nanos, MidpointRounding.ToEven);
}
