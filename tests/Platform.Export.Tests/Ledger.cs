using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Export.Runs;

namespace Platform.Export.Tests;

/// <summary>Usage records in memory that answer a run's questions by the contract of StreamUsage, and what exported files say of them.</summary>
internal sealed class Ledger
{
    private readonly List<UsageRecord> _records = [];
    private readonly List<UsageRecord> _dropped = [];

    public IReadOnlyList<UsageRecord> Records => _records;

    /// <summary>Before then retention has dropped all records; a question for what was recorded since is refused.</summary>
    public DateTimeOffset? KeptFrom { get; private set; }

    /// <summary>As retention drops months: from then on their records are gone.</summary>
    public void Drop(DateTimeOffset before)
    {
        KeptFrom = before;
        _dropped.AddRange(_records.Where(record => record.Event.OccurredAt.ToDateTimeOffset() < before));
        _records.RemoveAll(_dropped.Contains);
    }

    public UsageRecord Record(DateTimeOffset occurredAt, DateTimeOffset recordedAt, long costNanos = 1_000, DateTimeOffset? bookedAt = null)
    {
        var record = Tests.Records.Of(_records.Count + 1, costNanos);
        record.Event.OccurredAt = Timestamp.FromDateTimeOffset(occurredAt);
        record.RecordedAt = Timestamp.FromDateTimeOffset(recordedAt);
        record.BookedAt = Timestamp.FromDateTimeOffset(bookedAt ?? occurredAt);
        _records.Add(record);
        return record;
    }

    public IAsyncEnumerable<UsageRecord> Read(RunRow run) => UsageSource.QuestionsOf(run).SelectMany(Answer).ToAsyncEnumerable();

    /// <summary>The ids, and whether they were late, in all files of a run.</summary>
    public static async Task<List<(string RecordId, bool IsLate)>> FilesOfAsync(TestExport export, RunRow run)
    {
        var rows = new List<(string RecordId, bool IsLate)>();
        foreach (var file in run.Files!.All)
        {
            using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(export.PathOf(run.Bucket, file.Key), TestContext.Current.CancellationToken));
            rows.AddRange(document.RootElement.EnumerateArray().Select(row => (row.GetProperty("record_id").GetString()!, row.GetProperty("late").GetBoolean())));
        }

        return rows;
    }

    private IEnumerable<UsageRecord> Answer(StreamUsageRequest question) => IsKept(question) ? Kept(question) : throw RpcErrors.Create(
        StatusCode.FailedPrecondition, Reasons.UsageNotKept, "no longer kept", facts: (Reasons.KeptFromFact, $"{KeptFrom!.Value.UtcDateTime:O}"));

    private bool IsKept(StreamUsageRequest question) => !_dropped.Any(record => record.Event.OccurredAt is var moment && moment >= question.OccurredFrom && moment < question.OccurredBefore
        && (question.RecordedAfter is null || record.RecordedAt > question.RecordedAfter));

    private List<UsageRecord> Kept(StreamUsageRequest question) => _records
        .Where(record => (question.ByBooked ? record.BookedAt : record.Event.OccurredAt) is var moment && moment >= question.OccurredFrom && moment < question.OccurredBefore)
        .Where(record => record.RecordedAt <= question.RecordedUntil && (question.RecordedAfter is null || record.RecordedAt > question.RecordedAfter))
        .OrderBy(record => record.RecordId, StringComparer.Ordinal).ToList();
}
