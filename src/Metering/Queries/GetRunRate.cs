using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;

namespace Platform.Metering.Queries;

/// <summary>
/// How fast a team, or all, spends. "Last hour", "last day" and "last 7 days" are the 4, 96 and 672 quarter hours up to and with the current one.
/// </summary>
internal sealed class GetRunRate(SpendStore store, TeamDirectory organisation, TimeProvider time)
{
    private const int Days = 7;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: the time zone.</exception>
    public async Task<RunRate> RunAsync(GetRunRateRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var recent = await store.ReadRecentAsync(request.TeamId, TimeZones.Read(request.TimeZone), now, cancellationToken);
        return new RunRate
        {
            LastHourNanos = recent.LastHourNanos,
            LastDayNanos = recent.LastDayNanos,
            Last7DaysNanos = recent.Last7DaysNanos,
            MonthToDateNanos = recent.MonthToDateNanos,
            DailyRunRateNanos = Round((decimal)recent.SevenFullDaysNanos / Days),
            MonthProjectedNanos = Project(recent, now),
            Currency = await organisation.GetCurrencyAsync(cancellationToken),
            AsOf = now.ToTimestampUtc(),
        };
    }

    /// <summary>Month to date plus the mean day for each day, and part of a day, that the month still has.</summary>
    internal static long Project(RecentSpend recent, DateTimeOffset now) => checked(
        recent.MonthToDateNanos
        + Round((decimal)recent.SevenFullDaysNanos * (recent.MonthEnd - now).Ticks / (Days * TimeSpan.TicksPerDay)));

    private static long Round(decimal nanos) => (long)decimal.Round(nanos, MidpointRounding.ToEven);
}
