using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Imports;

/// <summary>What rows that would be taken in tell of. Those of several previews are asked about as one: the earliest time, the latest, all providers, the sums of rows.</summary>
/// <param name="FirstOccurredAt">Null without such rows.</param>
/// <param name="Others">Other imports of the same source in whose time some of the rows are.</param>
internal sealed record ImportReachBody(
    DateTimeOffset? FirstOccurredAt = null, DateTimeOffset? LastOccurredAt = null, IReadOnlyList<string>? Providers = null, IReadOnlyList<OtherImportBody>? Others = null)
{
    public static ImportReachBody From(ImportReach reach) => new(
        reach.FirstOccurredAt.ToMoment(), reach.LastOccurredAt.ToMoment(), [.. reach.Providers], [.. reach.Others.Select(other => new OtherImportBody(other.ImportId, other.Rows))]);

    public ImportReach ToReach() => new()
    {
        FirstOccurredAt = FirstOccurredAt.ToTimestampUtc(), LastOccurredAt = LastOccurredAt.ToTimestampUtc(), Providers = { Providers ?? [] },
        Others = { (Others ?? []).Select(other => new OtherImport { ImportId = other.ImportId ?? "", Rows = other.Rows ?? 0 }) },
    };
}

/// <param name="Rows">Those in its time.</param>
internal sealed record OtherImportBody(string? ImportId = null, long? Rows = null);

/// <param name="Duplicates">The sum of the previews' counts.</param>
internal sealed record PreviewOverlapBody([property: Required] string? Source = null, string? FileName = null, long? Duplicates = null, [property: Required] ImportReachBody? Reach = null);

internal sealed record OverlapBody(IReadOnlyList<string> Warnings);
