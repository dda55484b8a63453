using System.Runtime.CompilerServices;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Export.Runs;

/// <summary>A run's records, read from Metering as they are written out: all of its window that were recorded up to its watermark, after what came late for earlier ones.</summary>
internal sealed class UsageSource(Usage.UsageClient usage)
{
    public async IAsyncEnumerable<UsageRecord> ReadAsync(RunRow run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var question in QuestionsOf(run))
        {
            using var call = usage.StreamUsage(question, cancellationToken: cancellationToken);
            await foreach (var record in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                yield return record;
            }
        }
    }

    /// <summary>What is asked of Metering for a run; no record is in two of the answers.</summary>
    internal static IEnumerable<StreamUsageRequest> QuestionsOf(RunRow run)
    {
        if (run.Span.Late is { } late)
        {
            yield return Question(run, late.From, run.From, late.RecordedAfter);
        }

        yield return Question(run, run.From, run.To, recordedAfter: null);
    }

    private static StreamUsageRequest Question(RunRow run, DateTimeOffset from, DateTimeOffset before, DateTimeOffset? recordedAfter) => new()
    {
        OccurredFrom = from.ToTimestampUtc(),
        OccurredBefore = before.ToTimestampUtc(),
        RecordedAfter = recordedAfter.ToTimestampUtc(),
        RecordedUntil = run.Watermark.ToTimestampUtc(),
        ByBooked = run.Span.Basis == RunBasis.Booked,
    };
}
