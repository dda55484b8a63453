using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Teams;

namespace Platform.Metering.Queries;

/// <summary>
/// Sums of spend by any grouping and filter, in any time zone. (1) The range is cut into buckets: the zone's calendar units, or the period and the one before.
/// (2) The buckets are covered by the fewest roll-up rows, or, where only records know, by those. (3) One statement sums them, and of what lies beyond the first N rows makes one sum. (4) Rows are put in order.
/// </summary>
internal sealed class QuerySpend(SpendSource source, SpendStore store, TeamDirectory organisation, TimeProvider time)
{
    private const int MaxRows = 50_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public async Task<QuerySpendResponse> RunAsync(QuerySpendRequest request, CancellationToken cancellationToken)
    {
        var query = await ReadAsync(request, cancellationToken);
        var dimensions = request.GroupBy.Where(dimension => !SpendDimensions.IsCalendar(dimension)).ToList();
        var cut = SpendCut.Of(request);
        var sums = await source.ReadAsync(query.Buckets, dimensions, query.Conditions, request.Booked, MaxRows + 1, cut, cancellationToken);
        if (cut is null && sums.Count > MaxRows)
        {
            throw RpcErrors.InvalidArgument(
                $"The answer has more than {MaxRows} rows; ask for a shorter range, a filter, fewer dimensions or the first rows only (top).", Reasons.TooManyRows);
        }

        var answer = SpendAnswer.Of(request, query.Buckets, sums);
        answer.Currency = await organisation.GetCurrencyAsync(cancellationToken);
        if (request.Compare)
        {
            (answer.PreviousFrom, answer.PreviousTo) = (query.Buckets[1].From.ToTimestampUtc(), query.Buckets[1].To.ToTimestampUtc());
        }

        return answer;
    }

    private async Task<SpendQuery> ReadAsync(QuerySpendRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        var conditions = SpendCondition.Read(request.Filters, SpendDimensions.IsOfRecords);
        var zone = TimeZones.Read(request.TimeZone);
        var from = Moments.Read("from", request.From);
        var to = Moments.Read("to", request.To);
        if (from > to)
        {
            throw RpcErrors.InvalidArgument("from must not lie after to.");
        }

        if (from is null || to is null)
        {
            // An open range ends where the records do: units before and after would all be empty.
            if (await store.ReadExtentAsync(cancellationToken) is not { } extent)
            {
                return new SpendQuery([], conditions);
            }

            (from, to) = (from ?? extent.From, to ?? extent.To);
        }

        return new SpendQuery(Buckets(request, zone, Moments.QuarterHour(from.Value), Moments.QuarterHour(to.Value)), conditions);
    }

    private static void Check(QuerySpendRequest request)
    {
        if (!request.GroupBy.All(SpendDimensions.IsOfRecords) || request.GroupBy.Distinct().Count() != request.GroupBy.Count
            || request.GroupBy.Count(SpendDimensions.IsCalendar) > 1)
        {
            throw RpcErrors.InvalidArgument("group_by must name known dimensions, each at most once, and at most one calendar unit.");
        }

        if (request.GroupBy.Contains(SpendDimension.Mark) && request.Filters.All(filter => filter.Dimension != SpendDimension.Mark))
        {
            throw RpcErrors.InvalidArgument(
                $"Sums are grouped by mark only of what is marked: add a filter by mark ({SpendDimensions.NamesOf(SpendDimension.Mark)}).");
        }

        if (request.Top is < 0 or > MaxRows)
        {
            throw RpcErrors.InvalidArgument($"top must be 1 to {MaxRows}, or 0 for all; it is {request.Top}.");
        }

        if ((request.Top > 0 && request.OrderBy == SpendMetric.Unspecified) || !Enum.IsDefined(request.OrderBy))
        {
            throw RpcErrors.InvalidArgument("top needs order_by (cost, requests or tokens).");
        }

        if (request.Compare && (request.From is null || request.To is null || request.GroupBy.Any(SpendDimensions.IsCalendar)))
        {
            throw RpcErrors.InvalidArgument("compare needs from and to, and no calendar unit in group_by: for buckets ask for a longer range.");
        }
    }

    private List<TimeBucket> Buckets(QuerySpendRequest request, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        if (request.Compare)
        {
            // The quarter hour that others' clocks, a little ahead, may speak of is the last that there can be anything in.
            var filled = Moments.QuarterHour(time.GetUtcNow() + EventCheck.MostAhead) + TimeSpan.FromMinutes(15);
            var previous = PreviousPeriod.Of(from, to, from < filled && filled < to ? filled : to, zone);
            return [new TimeBucket(from, to, ""), new TimeBucket(Moments.QuarterHour(previous.From), Moments.QuarterHour(previous.To), "")];
        }

        var unit = request.GroupBy.FirstOrDefault(SpendDimensions.IsCalendar);
        return unit == SpendDimension.Unspecified
            ? [new TimeBucket(from, to, "")]
            : TimeBuckets.Of(unit, zone, from, to)
                ?? throw RpcErrors.InvalidArgument($"The range has more than {TimeBuckets.Most} calendar units; ask for a shorter range or greater units.");
    }

    /// <param name="Buckets">With a comparison: the period and the one before.</param>
    private sealed record SpendQuery(IReadOnlyList<TimeBucket> Buckets, IReadOnlyList<SpendCondition> Conditions);
}
