using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;

namespace Platform.Metering.Queries;

/// <summary>Sums of spend from the roll-ups, by any grouping, in any time zone.</summary>
internal sealed class QuerySpend(SpendStore store, TeamDirectory organisation)
{
    private const int MaxRows = 50_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public async Task<QuerySpendResponse> RunAsync(QuerySpendRequest request, CancellationToken cancellationToken)
    {
        if (request.GroupBy.Any(dimension => dimension is SpendDimension.Unspecified || !Enum.IsDefined(dimension))
            || request.GroupBy.Distinct().Count() != request.GroupBy.Count)
        {
            throw RpcErrors.InvalidArgument("group_by must name known dimensions, each at most once.");
        }

        var from = Moments.Read("from", request.From) ?? Moments.Earliest;
        var to = Moments.Read("to", request.To) ?? Moments.Latest;
        if (from > to)
        {
            throw RpcErrors.InvalidArgument("from must not lie after to.");
        }

        var filter = new SpendFilter(
            Moments.QuarterHour(from), Moments.QuarterHour(to), request.TeamId, request.Workload, request.Model, TimeZones.Read(request.TimeZone));
        var rows = await store.ReadAsync(filter, request.GroupBy, MaxRows + 1, cancellationToken);
        if (rows.Count > MaxRows)
        {
            throw RpcErrors.InvalidArgument($"The answer has more than {MaxRows} rows; ask for a shorter range or fewer dimensions.");
        }

        return new QuerySpendResponse { Rows = { rows }, Total = Total(rows), Currency = await organisation.GetCurrencyAsync(cancellationToken) };
    }

    private static SpendRow Total(List<SpendRow> rows) => new()
    {
        CostNanos = rows.Sum(row => row.CostNanos),
        Calls = rows.Sum(row => row.Calls),
        InputTokens = rows.Sum(row => row.InputTokens),
        OutputTokens = rows.Sum(row => row.OutputTokens),
        UnpricedCalls = rows.Sum(row => row.UnpricedCalls),
    };
}
