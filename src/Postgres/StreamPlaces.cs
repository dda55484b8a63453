using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Postgres;

/// <summary>
/// How many streams of rows a replica answers at a time: as many as a third of its connections. Each keeps a connection of the database at its caller's pace: callers who read slowly, or not at all, must
/// not come to keep them all.
/// </summary>
/// <param name="what">Of which rows, for who is refused.</param>
public sealed class StreamPlaces(string what, NpgsqlDataSource database) : IDisposable
{
    private readonly SemaphoreSlim _free = new(MostOf(database));

    /// <summary>Takes a place until the answer is disposed.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED (STREAMS_BUSY): none is free.</exception>
    public IDisposable Enter() => _free.Wait(TimeSpan.Zero, CancellationToken.None)
        ? new Place(_free)
        : throw RpcErrors.Create(StatusCode.ResourceExhausted, Reasons.StreamsBusy, $"{MostOf(database)} streams of {what} are being read already. Ask again when one has ended.");

    public void Dispose() => _free.Dispose();

    private static int MostOf(NpgsqlDataSource database) => Math.Max(1, new NpgsqlConnectionStringBuilder(database.ConnectionString).MaxPoolSize / 3);

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        private SemaphoreSlim? _free = free;

        public void Dispose() => Interlocked.Exchange(ref _free, null)?.Release();
    }
}
