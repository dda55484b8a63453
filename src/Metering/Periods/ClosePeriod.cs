using System.Globalization;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Queries;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Periods;

/// <summary>
/// Closes a month and those before it. Behind the lock that every intake shares: an intake before it is booked when it occurred, one after it in the next month,
/// and the figures that are kept are of all that is ever booked in the month.
/// </summary>
internal sealed class ClosePeriod(Changes changes, TeamDirectory organisation)
{
    private const string Operation = "periods.close";

    /// <param name="closedBy">The caller's key.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT; FAILED_PRECONDITION (PERIOD_NOT_ENDED, PERIOD_ZONE_DIFFERS); ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<Period> RunAsync(ClosePeriodRequest request, string closedBy, CancellationToken cancellationToken)
    {
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        return await changes.RunAsync(
            Operation, request.IdempotencyKey, request, Period.Parser,
            (transaction, now) => CloseAsync(transaction, request, currency, closedBy, now, cancellationToken), cancellationToken,
            enter: transaction => Watermark.EnterClosingAsync(transaction, cancellationToken));
    }

    private static async Task<Period> CloseAsync(
        NpgsqlTransaction transaction, ClosePeriodRequest request, string currency, string closedBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var closed = await PeriodStore.ReadClosedAsync(connection, currency, cancellationToken);
        var zone = ZoneOf(request, closed);
        var month = MonthOf(request, zone, now);
        if (closed.LastOrDefault()?.EndsAt.ToDateTimeOffset() is not { } closedUntil || closedUntil < month.To)
        {
            await CloseAsync(transaction, month, zone, isFirst: closed.Count == 0, closedBy, now, cancellationToken);
            closed = await PeriodStore.ReadClosedAsync(connection, currency, cancellationToken);
        }

        return closed.SingleOrDefault(candidate => candidate.Name == month.Name)
            ?? throw RpcErrors.InvalidArgument($"Nothing was used before {closed[0].Name}: there is no period {month.Name} to close.");
    }

    /// <summary>Closes every month from the first open one: before the first close from the first with usage, or the month alone where there is none up to it.</summary>
    private static async Task CloseAsync(
        NpgsqlTransaction transaction, BillingMonth last, TimeZoneInfo zone, bool isFirst, string closedBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (openFrom, firstUsed) = await PeriodStore.ReadExtentAsync(transaction.Connection!, cancellationToken);
        var first = !isFirst ? openFrom : firstUsed < last.From ? firstUsed.Value : last.From;
        foreach (var month in BillingMonth.Between(first, last.From, zone))
        {
            var booked = await PeriodStore.ReadBookedAsync(transaction.Connection!, month, cancellationToken);
            await PeriodStore.InsertAsync(transaction, month, zone.Id, booked, closedBy, now, cancellationToken);
        }

        await Watermark.OpenFromAsync(transaction, last.To, cancellationToken);
    }

    private static TimeZoneInfo ZoneOf(ClosePeriodRequest request, List<Period> closed)
    {
        var kept = closed.LastOrDefault()?.TimeZone;
        var zone = TimeZones.Read(request.TimeZone.Length == 0 ? kept ?? "" : request.TimeZone);
        return kept is null || kept == zone.Id
            ? zone
            : throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.PeriodZoneDiffers,
                $"Periods were closed in {kept}, and months of two zones overlap: leave time_zone out.");
    }

    private static BillingMonth MonthOf(ClosePeriodRequest request, TimeZoneInfo zone, DateTimeOffset now)
    {
        if (!BillingMonth.TryParse(request.Period, zone, out var month))
        {
            throw RpcErrors.InvalidArgument($"period '{Validation.Shown(request.Period)}' must be a month such as 2026-06.");
        }

        return month.To <= now
            ? month
            : throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.PeriodNotEnded,
                string.Create(CultureInfo.InvariantCulture, $"{month.Name} ends at {month.To.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'} ({zone.Id}); it can be closed from then on."));
    }
}
