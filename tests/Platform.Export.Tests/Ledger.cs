using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Metering.V1;
using Platform.Export.Runs;

namespace Platform.Export.Tests;

/// <summary>Usage records in memory that answer a run's questions by the contract of StreamUsage, and what exported files say of them.</summary>
internal sealed class Ledger
{
    private readonly List<UsageRecord> _records = [];

    public IReadOnlyList<UsageRecord> Records => _records;

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

    private IEnumerable<UsageRecord> Answer(StreamUsageRequest question) => _records
        .Where(record => (question.ByBooked ? record.BookedAt : record.Event.OccurredAt) is var moment && moment >= question.OccurredFrom && moment < question.OccurredBefore)
        .Where(record => record.RecordedAt <= question.RecordedUntil && (question.RecordedAfter is null || record.RecordedAt > question.RecordedAfter))
        .OrderBy(record => record.RecordId, StringComparer.Ordinal).ToList();
}
