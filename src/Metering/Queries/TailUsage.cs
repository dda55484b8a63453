using System.Runtime.CompilerServices;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;

namespace Platform.Metering.Queries;

/// <summary>
/// Records as they are recorded, each once, however long its intake takes. Intakes commit in another order than that of recorded_at, so what is told is what lies between
/// two closed watermarks (docs/decisions/0012). (1) Begin where everything before has been recorded. (2) At each look take the watermark where somebody has closed it
/// since, and close it where nobody has: many who look on close no more often than one. Where an intake in flight takes long, all of this process leave it alone for a while.
/// </summary>
internal sealed class TailUsage(UsageQueryStore store, Watermark watermark, TimeProvider time)
{
    private const int MaxLast = 100;
    /// <summary>Of each look, also of those that could not close: those of a pause are told together. Of more looks than can be in one pause no more.</summary>
    private const int MaxALook = 500;
    private const int MostLooksTogether = 15;

    private const int LooksPerHeartbeat = 5;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>After a closing that was given up: intakes have waited behind it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>A timestamp; 0 while no closing was given up.</summary>
    private long _gaveUpAt;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public async IAsyncEnumerable<TailUsageResponse> RunAsync(TailUsageRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.Last is < 0 or > MaxLast)
        {
            throw RpcErrors.InvalidArgument($"last must be 0 to {MaxLast}.");
        }

        var filter = UsageFilter.Read(request.Filters, request.Tags);
        var told = await BeginAsync(cancellationToken);
        yield return new TailUsageResponse();
        var last = await ReadLastAsync(filter, request.Last, cancellationToken);
        foreach (var record in last)
        {
            yield return new TailUsageResponse { Record = record };
        }

        // One of them may have been recorded since the beginning.
        var known = last.Select(record => record.RecordId).ToHashSet(StringComparer.Ordinal);
        using var timer = new PeriodicTimer(LookInterval, time);
        for (var (look, together) = (1, 1); await timer.WaitForNextTickAsync(cancellationToken); look++, together++)
        {
            if (look % LooksPerHeartbeat == 0)
            {
                yield return new TailUsageResponse();
            }

            if (await FindClosedAsync(told, cancellationToken) is not { } until)
            {
                continue;
            }

            var most = MaxALook * Math.Min(together, MostLooksTogether);
            var recorded = await store.ReadRecordedAsync(filter, told, until, most + 1, cancellationToken);
            (told, together) = (until, 0);
            if (recorded.Count > most)
            {
                yield return new TailUsageResponse { LeftOut = true };
            }

            foreach (var record in recorded.Take(most).Reverse().Where(record => !known.Contains(record.RecordId)))
            {
                yield return new TailUsageResponse { Record = record };
            }
        }
    }

    /// <summary>Waits for the intakes in flight: they are among the last ones, and what comes after them is told.</summary>
    private async Task<DateTimeOffset> BeginAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        while (!await TryCloseAsync(now, cancellationToken))
        {
            await Task.Delay(LookInterval, time, cancellationToken);
        }

        return now;
    }

    /// <summary>A closed moment later than the one that is told; null when nothing was recorded since, or an intake in flight takes long.</summary>
    private async Task<DateTimeOffset?> FindClosedAsync(DateTimeOffset told, CancellationToken cancellationToken)
    {
        if (await watermark.ReadClosedAsync(cancellationToken) is var closed && closed > told)
        {
            return closed;
        }

        if (await store.FindNewestAsync(told, cancellationToken) is not { } newest)
        {
            return null;
        }

        // Of a replica whose clock is ahead it is told when its time has come: everybody would record as late as that else.
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var until = newest < now ? newest : now;
        return until > told && await TryCloseAsync(until, cancellationToken) ? until : null;
    }

    private async Task<bool> TryCloseAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _gaveUpAt) is var gaveUpAt and not 0 && time.GetElapsedTime(gaveUpAt) < Pause)
        {
            return false;
        }

        var isClosed = await watermark.TryCloseAsync(until, cancellationToken);
        if (!isClosed)
        {
            Volatile.Write(ref _gaveUpAt, time.GetTimestamp());
        }

        return isClosed;
    }

    private async Task<List<UsageRecord>> ReadLastAsync(UsageFilter filter, int last, CancellationToken cancellationToken)
    {
        if (last == 0)
        {
            return [];
        }

        var records = await store.ReadPageAsync(new UsagePage(filter, Moments.Earliest, Moments.Latest, null, null, last), cancellationToken);
        records.Reverse();
        return records;
    }
}
