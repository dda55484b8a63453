using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Imports;

/// <summary>What a request's rows add to their import. Pure.</summary>
/// <param name="Times">Of the accepted ones.</param>
/// <param name="Models">All that accepted rows name, in the order in which requests lock their sums.</param>
internal sealed record ImportSums(RowsOutcome Outcome, IReadOnlyList<DateTimeOffset> Times, IReadOnlyList<(string Provider, string Model)> Models)
{
    /// <summary>What a sum of stated costs is that is this much or more.</summary>
    public const long StatedBeyond = long.MaxValue;

    /// <summary>Null without any.</summary>
    public DateTimeOffset? First => Times.Count == 0 ? null : Times.Min();

    public DateTimeOffset? Last => Times.Count == 0 ? null : Times.Max();

    public static ImportSums Of(ImportBatch batch)
    {
        var accepted = batch.Lines.Where(line => line.End == RowEnd.Accepted).ToList();
        var times = accepted.ConvertAll(line => line.Row.OccurredAt.ToDateTimeOffset().TruncateToMicroseconds());
        var outcome = new RowsOutcome { Counts = Count(batch, accepted) };
        outcome.Problems.Add(Problems(batch));
        outcome.Unmapped.Add(Unmapped(batch));
        outcome.Stated.Add(Stated(accepted));
        return new ImportSums(
            outcome, times,
            [.. accepted.Select(line => (line.Row.Provider, line.Row.Model)).Distinct().OrderBy(pair => pair.Provider, StringComparer.Ordinal).ThenBy(pair => pair.Model, StringComparer.Ordinal)]);
    }

    private static ImportCounts Count(ImportBatch batch, List<ImportBatch.Line> accepted)
    {
        long Ends(RowEnd end) => batch.Lines.Count(line => line.End == end);
        return new ImportCounts
        {
            Rows = batch.Lines.Count,
            Accepted = accepted.Count,
            Duplicates = Ends(RowEnd.Duplicate),
            Changed = Ends(RowEnd.Changed),
            Skipped = Ends(RowEnd.Skipped),
            UnmappedRefused = Ends(RowEnd.UnmappedRefused),
            Refused = Ends(RowEnd.Refused),
            Unmapped = accepted.Count(line => line.IsUnmapped),
            Unpriced = accepted.Count(line => line.IsUnpriced),
            Calls = accepted.Sum(line => Math.Max(line.Row.Requests, 1)),
            CostNanos = accepted.Sum(line => line.Result!.CostNanos),
        };
    }

    private static IEnumerable<RowProblem> Problems(ImportBatch batch)
    {
        for (var index = 0; index < batch.Lines.Count; index++)
        {
            var line = batch.Lines[index];
            var kind = line.End switch
            {
                RowEnd.Refused => RowProblemKind.Refused,
                RowEnd.UnmappedRefused => RowProblemKind.Unmapped,
                RowEnd.Changed => RowProblemKind.Changed,
                RowEnd.Duplicate when line.Message.Length > 0 => RowProblemKind.Attribution,
                _ => RowProblemKind.Unspecified,
            };
            if (kind != RowProblemKind.Unspecified)
            {
                yield return new RowProblem { Row = index, Kind = kind, Message = line.Message };
            }
        }
    }

    private static IEnumerable<UnmappedOrigin> Unmapped(ImportBatch batch) => batch.Lines
        .Where(line => line.IsUnmapped && line.End is RowEnd.UnmappedRefused or RowEnd.Accepted)
        .GroupBy(line => (line.Row.Provider, line.Row.Project, line.Row.Key, line.Row.User))
        .Select(group => new UnmappedOrigin
        {
            Provider = group.Key.Provider, Project = group.Key.Project, Key = group.Key.Key, User = group.Key.User, Rows = group.Count(),
        });

    // A source may state anything, as where its column of costs is one of tokens: sums of that end where 64 bits do, and refuse no usage.
    private static long UpTo64Bits(IEnumerable<ImportBatch.Line> lines) =>
        (long)Int128.Min(lines.Aggregate(Int128.Zero, (sum, line) => sum + line.Row.StatedCostNanos), StatedBeyond);

    private static IEnumerable<StatedCost> Stated(List<ImportBatch.Line> accepted) => accepted
        .Where(line => line.Row.HasStatedCostNanos)
        .GroupBy(line => (line.Row.Provider, line.Row.Model))
        .Select(group => new StatedCost
        {
            Provider = group.Key.Provider,
            Model = group.Key.Model,
            Rows = group.Count(),
            StatedNanos = UpTo64Bits(group),
            RatedNanos = group.Sum(line => line.Result!.CostNanos),
            UnpricedRows = group.Count(line => line.IsUnpriced),
            UnpricedStatedNanos = UpTo64Bits(group.Where(line => line.IsUnpriced)),
        });
}
