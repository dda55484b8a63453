using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Imports;

/// <summary>A row of usage_import.</summary>
/// <param name="ImportNo">In the order of their making.</param>
/// <param name="Settings">With the rules that it brought along.</param>
internal sealed record StoredImport(
    Guid ImportId, long ImportNo, ImportState State, string Format, string FileName, ImportSettings Settings, ImportCounts Counts, DateTimeOffset CreatedAt, string CreatedBy)
{
    public DateTimeOffset? First { get; init; }

    public DateTimeOffset? Last { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public DateTimeOffset? UndoAskedAt { get; init; }

    public string UndoAskedBy { get; init; } = "";

    public string UndoNote { get; init; } = "";

    public long Undone { get; init; }

    /// <summary>The last record that was taken back.</summary>
    public (DateTimeOffset? OccurredAt, Guid? RecordId) UndoneUntil { get; init; }

    public DateTimeOffset? UndoneAt { get; init; }

    public Import ToContract(string currency) => new()
    {
        ImportId = ImportId.ToString(),
        State = State,
        Source = Settings.Source,
        Format = Format,
        FileName = FileName,
        UnmappedTeamId = Settings.UnmappedTeamId,
        Counts = Counts,
        FirstOccurredAt = First.ToTimestampUtc(),
        LastOccurredAt = Last.ToTimestampUtc(),
        CreatedAt = CreatedAt.ToTimestampUtc(),
        CreatedBy = CreatedBy,
        FinishedAt = FinishedAt.ToTimestampUtc(),
        UndoAskedAt = UndoAskedAt.ToTimestampUtc(),
        UndoAskedBy = UndoAskedBy,
        UndoNote = UndoNote,
        Undone = Undone,
        UndoneAt = UndoneAt.ToTimestampUtc(),
        Currency = currency,
    };
}
