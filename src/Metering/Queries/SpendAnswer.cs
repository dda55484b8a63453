using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>From sums by bucket to the rows that were asked for. Pure.</summary>
internal static class SpendAnswer
{
    /// <param name="buckets">Of the calendar unit; with a comparison the period and the one before.</param>
    public static QuerySpendResponse Of(QuerySpendRequest request, IReadOnlyList<TimeBucket> buckets, IReadOnlyList<SpendSums> sums)
    {
        var lines = Lines(request, sums.Where(sum => sum.Beyond == 0));
        var others = Line.Sum(Lines(request, sums.Where(sum => sum.Beyond > 0)));
        var calendar = request.GroupBy.ToList().FindIndex(SpendDimensions.IsCalendar);
        lines.Sort((left, right) => InOrder(left, right, calendar, request.OrderBy));
        var answer = new QuerySpendResponse
        {
            Total = ToRow(Line.Sum([.. lines, others]), request.Compare), OtherRows = sums.Select(sum => sum.Beyond).DefaultIfEmpty().Max(),
        };
        foreach (var line in lines)
        {
            var row = ToRow(line, request.Compare);
            row.Keys.AddRange(RowKeys.Of(line.Keys, calendar, calendar < 0 ? "" : buckets[line.Bucket].Key));
            answer.Rows.Add(row);
        }

        if (answer.OtherRows > 0)
        {
            answer.Others = ToRow(others, request.Compare);
        }

        // Without a grouping there is one row, also of nothing.
        if (request.GroupBy.Count == 0 && lines.Count == 0)
        {
            answer.Rows.Add(answer.Total.Clone());
        }

        return answer;
    }

    private static List<Line> Lines(QuerySpendRequest request, IEnumerable<SpendSums> sums) =>
        request.Compare ? Compared(sums) : [.. sums.Select(sum => new Line(sum.Bucket, sum.Keys, sum.Figures, default))];

    private static List<Line> Compared(IEnumerable<SpendSums> sums) =>
    [
        .. sums.GroupBy(sum => sum.Keys, KeysComparer.Instance).Select(group => new Line(
            0,
            group.Key,
            SpendFigures.Sum(group.Where(sum => sum.Bucket == 0).Select(sum => sum.Figures)),
            SpendFigures.Sum(group.Where(sum => sum.Bucket == 1).Select(sum => sum.Figures)))),
    ];

    /// <summary>The greatest first when a metric is asked for; else, and between equals, by the keys in their order.</summary>
    private static int InOrder(Line left, Line right, int calendar, SpendMetric metric)
    {
        if (metric != SpendMetric.Unspecified && right.Now.Of(metric).CompareTo(left.Now.Of(metric)) is var byMetric and not 0)
        {
            return byMetric;
        }

        return RowKeys.Compare(left.Bucket, left.Keys, right.Bucket, right.Keys, calendar);
    }

    private static SpendRow ToRow(Line line, bool compared)
    {
        var row = line.Now.ToRow();
        row.Previous = compared ? line.Before.ToRow() : null;
        return row;
    }

    private readonly record struct Line(int Bucket, string[] Keys, SpendFigures Now, SpendFigures Before)
    {
        public static Line Sum(IEnumerable<Line> lines) => lines.Aggregate(
            new Line(0, [], default, default), (sum, line) => sum with { Now = sum.Now + line.Now, Before = sum.Before + line.Before });
    }

    private sealed class KeysComparer : IEqualityComparer<string[]>
    {
        public static readonly KeysComparer Instance = new();

        public bool Equals(string[]? left, string[]? right) => left!.AsSpan().SequenceEqual(right);

        public int GetHashCode(string[] keys) => keys.Aggregate(17, (hash, key) => HashCode.Combine(hash, key));
    }
}
