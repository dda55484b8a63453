using Platform.Api.Json;
using Platform.Api.Spend;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Imports;

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record ImportsBody(IReadOnlyList<ImportBody> Imports, string NextPageToken);

/// <param name="State">open, finished, undoing or undone.</param>
/// <param name="UnmappedTeamId">Empty: what no rule maps was refused.</param>
/// <param name="Stated">By model, the dearest first: what the source says that its usage cost, beside the price book's figure.</param>
/// <param name="Undone">Records that are taken back so far.</param>
/// <param name="Warnings">What else tells of the same providers in the same time; months that were closed before it; of one that is taken back, which later files may have rows that went with it; not in lists.</param>
internal sealed record ImportBody(
    string ImportId, string State, string Source, string Format, string FileName, string UnmappedTeamId, ImportCountsBody Counts, string Currency,
    DateTimeOffset? FirstOccurredAt, DateTimeOffset? LastOccurredAt, DateTimeOffset? CreatedAt, string CreatedBy, DateTimeOffset? FinishedAt, DateTimeOffset? UndoAskedAt,
    string UndoAskedBy, string UndoNote, long Undone, DateTimeOffset? UndoneAt, IReadOnlyList<StatedCostBody> Stated, IReadOnlyList<string> Warnings)
{
    public static ImportBody From(Import import) => new(
        import.ImportId, EnumText.Of(import.State), import.Source, import.Format, import.FileName, import.UnmappedTeamId, ImportCountsBody.From(import.Counts),
        import.Currency, import.FirstOccurredAt.ToMoment(), import.LastOccurredAt.ToMoment(), import.CreatedAt.ToMoment(), import.CreatedBy,
        import.FinishedAt.ToMoment(), import.UndoAskedAt.ToMoment(), import.UndoAskedBy, import.UndoNote, import.Undone, import.UndoneAt.ToMoment(),
        [.. import.Stated.Select(StatedCostBody.From)], [.. import.Warnings]);
}

/// <summary>Each row is in one of accepted, duplicates, changed, skipped, unmapped_refused and refused.</summary>
/// <param name="Duplicates">Imported before, with the same figures.</param>
/// <param name="Changed">Imported before, with other figures, which stand.</param>
/// <param name="Skipped">Left out by a rule.</param>
/// <param name="UnmappedRefused">Without a rule and without a team for such rows.</param>
/// <param name="Unmapped">Of the accepted: those that went to the team for what no rule maps.</param>
/// <param name="Unpriced">Of the accepted: stored without a cost, for want of a price.</param>
/// <param name="Calls">That the accepted ones stand for.</param>
/// <param name="Cost">Of the accepted, without the unpriced.</param>
internal sealed record ImportCountsBody(
    long Rows, long Accepted, long Duplicates, long Changed, long Skipped, long UnmappedRefused, long Refused, long Unmapped, long Unpriced, long Calls, Money Cost)
{
    public static ImportCountsBody From(ImportCounts counts) => new(
        counts.Rows, counts.Accepted, counts.Duplicates, counts.Changed, counts.Skipped, counts.UnmappedRefused, counts.Refused, counts.Unmapped, counts.Unpriced,
        counts.Calls, new Money(counts.CostNanos));
}

/// <param name="Rated">The price book's figure for those of the rows that have a price.</param>
/// <param name="Stated">What the source says. 9223372036.854775807: that much or more, and so not to be compared.</param>
/// <param name="UnpricedStated">What the source says of those that have none.</param>
internal sealed record StatedCostBody(string Provider, string Model, long Rows, Money Stated, Money Rated, long UnpricedRows, Money UnpricedStated)
{
    public static StatedCostBody From(StatedCost cost) => new(
        cost.Provider, cost.Model, cost.Rows, new Money(cost.StatedNanos), new Money(cost.RatedNanos), cost.UnpricedRows, new Money(cost.UnpricedStatedNanos));
}

/// <param name="Problems">Rows that are refused, changed, or another's by the rules of now, by their position.</param>
/// <param name="Unmapped">What no rule maps, refused or not.</param>
/// <param name="Reach">Of previews only: what <c>/v1/imports/preview/overlap</c> is asked with.</param>
internal sealed record RowsOutcomeBody(
    ImportCountsBody Counts, IReadOnlyList<RowProblemBody> Problems, IReadOnlyList<UnmappedOriginBody> Unmapped, IReadOnlyList<StatedCostBody> Stated, ImportReachBody? Reach)
{
    public static RowsOutcomeBody From(RowsOutcome outcome) => new(
        ImportCountsBody.From(outcome.Counts), [.. outcome.Problems.Select(problem => new RowProblemBody(problem.Row, EnumText.Of(problem.Kind), EventNames.InRest(problem.Message)))],
        [.. outcome.Unmapped.Select(origin => new UnmappedOriginBody(origin.Provider, origin.Project, origin.Key, origin.User, origin.Rows))],
        [.. outcome.Stated.Select(StatedCostBody.From)], outcome.Reach is { } reach ? ImportReachBody.From(reach) : null);
}

/// <param name="Row">Position among the request's rows, from 0.</param>
/// <param name="Kind">refused, unmapped, changed or attribution (a duplicate that the rules of now would make another's).</param>
internal sealed record RowProblemBody(int Row, string Kind, string Message);

internal sealed record UnmappedOriginBody(string Provider, string Project, string Key, string User, long Rows);
