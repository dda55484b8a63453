using System.Runtime.CompilerServices;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>
/// Records as they are recorded. Intakes commit in another order than that of recorded_at, so each look goes a little back and leaves out what it has told.
/// </summary>
internal sealed class TailUsage(UsageQueryStore store, TimeProvider time)
{
    private const int MaxLast = 100;
    private const int MaxALook = 500;

    private const int LooksPerHeartbeat = 15;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>Longer than an intake's transaction takes, and than the clocks of replicas differ.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(5);

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public async IAsyncEnumerable<TailUsageResponse> RunAsync(TailUsageRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.Last is < 0 or > MaxLast)
        {
            throw RpcErrors.InvalidArgument($"last must be 0 to {MaxLast}.");
        }

        var filter = UsageFilter.Read(request.Filters, request.Tags);
        yield return new TailUsageResponse();
        var told = new Dictionary<string, DateTimeOffset>();
        var since = time.GetUtcNow().TruncateToMicroseconds();
        foreach (var record in await ReadLastAsync(filter, request.Last, cancellationToken))
        {
            told.Add(record.RecordId, since);
            yield return new TailUsageResponse { Record = record };
        }

        using var timer = new PeriodicTimer(LookInterval, time);
        for (var look = 1; await timer.WaitForNextTickAsync(cancellationToken); look++)
        {
            if (look % LooksPerHeartbeat == 0)
            {
                yield return new TailUsageResponse();
            }

            var now = time.GetUtcNow().TruncateToMicroseconds();
            var horizon = now - LookInterval - Overlap;
            var recorded = await store.ReadRecordedAsync(filter, horizon > since ? horizon : since, MaxALook + told.Count + 1, cancellationToken);
            var fresh = recorded.Where(record => told.TryAdd(record.RecordId, now)).ToList();
            if (fresh.Count > MaxALook)
            {
                yield return new TailUsageResponse { LeftOut = true };
            }

            foreach (var record in fresh.Take(MaxALook).Reverse())
            {
                yield return new TailUsageResponse { Record = record };
            }

            foreach (var old in told.Where(pair => pair.Value < horizon - Overlap).Select(pair => pair.Key).ToList())
            {
                told.Remove(old);
            }
        }
    }

    private async Task<IEnumerable<UsageRecord>> ReadLastAsync(UsageFilter filter, int last, CancellationToken cancellationToken)
    {
        if (last == 0)
        {
            return [];
        }

        var records = await store.ReadPageAsync(new UsagePage(filter, Moments.Earliest, Moments.Latest, null, null, last), cancellationToken);
        return Enumerable.Reverse(records);
    }
}
