using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Export.Runs;

/// <summary>A run's records, read from Metering as they are written out: all of its window that were recorded up to its watermark.</summary>
internal sealed class UsageSource(Usage.UsageClient usage)
{
    public async IAsyncEnumerable<UsageRecord> ReadAsync(
        RunRow run, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new StreamUsageRequest
        {
            OccurredFrom = run.From.ToTimestampUtc(),
            OccurredBefore = run.To.ToTimestampUtc(),
            RecordedUntil = run.Watermark.ToTimestampUtc(),
        };
        using var call = usage.StreamUsage(request, cancellationToken: cancellationToken);
        await foreach (var record in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            yield return record;
        }
    }
}
