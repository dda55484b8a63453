using Grpc.Core;
using Platform.Contracts;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>
/// How many streams of rows a replica answers at a time. Each keeps a connection of the database at its caller's pace: callers who read slowly, or not at all, must not come to keep them all.
/// </summary>
/// <param name="what">Of which rows, for who is refused.</param>
public sealed class StreamPlaces(string what) : IDisposable
{
    /// <summary>A third of the connections that a replica has.</summary>
    public const int Most = 32;

    private readonly SemaphoreSlim _free = new(Most);

    /// <summary>Takes a place until the answer is disposed.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED (STREAMS_BUSY): none is free.</exception>
    public IDisposable Enter() => _free.Wait(TimeSpan.Zero, CancellationToken.None)
        ? new Place(_free)
        : throw RpcErrors.Create(StatusCode.ResourceExhausted, Reasons.StreamsBusy, $"{Most} streams of {what} are being read already. Ask again when one has ended.");

    public void Dispose() => _free.Dispose();

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        private SemaphoreSlim? _free = free;

        public void Dispose() => Interlocked.Exchange(ref _free, null)?.Release();
    }
}
