using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;

namespace Platform.Metering.Periods;

/// <summary>Closed months as they were booked, and those since with what is booked in them so far.</summary>
internal sealed class ListPeriods(NpgsqlDataSource dataSource, TeamDirectory organisation, TimeProvider time)
{
    /// <summary>What has never been closed may go back far: the newest two years of it are enough to see.</summary>
    private const int MostOpen = 24;

    public async Task<ListPeriodsResponse> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);

        // One snapshot: a close in between would show a month twice or not at all.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var closed = await PeriodStore.ReadClosedAsync(connection, currency, cancellationToken);
        var zone = closed.Count == 0 ? TimeZoneInfo.Utc : CalendarPeriod.StoredZone(closed[^1].TimeZone);
        var (openFrom, firstUsed) = await PeriodStore.ReadExtentAsync(connection, cancellationToken);
        var first = closed.Count > 0 ? openFrom : firstUsed ?? now;
        var answer = new ListPeriodsResponse();
        foreach (var month in BillingMonth.Between(first < now ? first : now, now, zone).TakeLast(MostOpen).Reverse())
        {
            var booked = await PeriodStore.ReadBookedAsync(connection, month, cancellationToken);
            answer.Periods.Add(new Period
            {
                Name = month.Name,
                State = month.To <= now ? PeriodState.Ended : PeriodState.Open,
                StartsAt = month.From.ToTimestampUtc(),
                EndsAt = month.To.ToTimestampUtc(),
                TimeZone = zone.Id,
                CostNanos = booked.CostNanos,
                Calls = booked.Calls,
                LateCostNanos = booked.LateCostNanos,
                UnpricedRecords = booked.UnpricedRecords,
                Currency = currency,
            });
        }

        answer.Periods.AddRange(Enumerable.Reverse(closed));
        return answer;
    }
}
