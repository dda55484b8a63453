using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>
/// The first rows of an order, and the sum of those beyond. The database cuts: callers name their workloads as they like, so that whoever asks for the dearest dozen
/// must not depend on how many there are.
/// </summary>
/// <param name="Top">At least 1.</param>
/// <param name="Compared">Bucket 1 is the period before bucket 0: a row is both, and stands where bucket 0 puts it.</param>
/// <param name="Calendar">The calendar unit's place among the groupings; -1 for none.</param>
internal sealed record SpendCut(SpendMetric OrderBy, int Top, bool Compared, int Calendar)
{
    private static readonly string[] Figures = ["cost", "calls", "input", "cached", "output", "unpriced", "unclassified", "unclassified_cost", "adjustment"];

    /// <summary>Null where all rows are asked for, and where there is no grouping: that is one row at most.</summary>
    public static SpendCut? Of(QuerySpendRequest request) => request.Top == 0 || request.GroupBy.Count == 0
        ? null
        : new SpendCut(request.OrderBy, request.Top, request.Compare, request.GroupBy.ToList().FindIndex(SpendDimensions.IsCalendar));

    /// <summary>
    /// The statement's first rows, and those beyond added up: into one row, or one a period when compared. Each has as last column 0, or, beyond the first rows, how many
    /// rows lie between those and its last.
    /// </summary>
    /// <param name="sums">A statement that answers bucket, keys and the figures of <see cref="SpendFigures"/>, in their order.</param>
    public string ToSql(string sums, IReadOnlyList<SpendDimension> dimensions)
    {
        List<string> keys = [.. dimensions.Select((_, index) => $"key{index}")];
        var metric = OrderBy switch
        {
            SpendMetric.Cost => "cost",
            SpendMetric.Requests => "calls",
            SpendMetric.Tokens => "input + output",
            SpendMetric.Unspecified => throw new InvalidOperationException("A cut needs an order."),
        };
        var now = Compared ? $"coalesce(sum({metric}) FILTER (WHERE bucket = 0) OVER (PARTITION BY {string.Join(", ", keys)}), 0)" : metric;
        string[] rest = [Compared ? "bucket" : $"CASE WHEN place <= {Top} THEN bucket ELSE 0 END", .. keys.Select(key => $"CASE WHEN place <= {Top} THEN {key} END")];
        return $"""
            SELECT {string.Join(", ", rest)}, {string.Concat(Figures.Select(figure => $"sum({figure})::bigint, "))}greatest(max(place) - {Top}, 0)::int
            FROM (
                SELECT *, dense_rank() OVER (ORDER BY now DESC, {string.Join(", ", Order(dimensions))}) AS place
                FROM (SELECT *, {now} AS now FROM ({sums}) AS summed ({string.Join(", ", ["bucket", .. keys, .. Figures])})) AS valued) AS placed
            GROUP BY least(place, {Top + 1}), {string.Join(", ", Enumerable.Range(1, rest.Length))}
            """;
    }

    // Between equals as RowKeys compares: by how the keys read, of buckets by time.
    private List<string> Order(IReadOnlyList<SpendDimension> dimensions)
    {
        List<string> order = [.. dimensions.Select((dimension, index) => SpendDimensions.NameInSql(dimension, $"key{index}") + " COLLATE \"C\"")];
        if (Calendar >= 0)
        {
            order.Insert(Calendar, "bucket");
        }

        return order;
    }
}
