using System.Threading.Channels;
using Grpc.Core;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Intake;

/// <summary>
/// The intake as a stream: chunks are read while earlier ones commit, a bounded number ahead, and each is answered in order once it is durable. A teller who is
/// faster than the database is held up by the connection's own flow control; nothing piles up here.
/// </summary>
internal sealed class RecordUsageStream(RecordUsage record)
{
    /// <summary>Chunks that are read and not answered.</summary>
    public const int MaxAhead = 8;

    /// <param name="check">Throws when the caller may not record these events; answers what the leases of a lease holder were granted, null for others.</param>
    /// <exception cref="RpcException">As a chunk's own; it ends the stream once the chunks before it are answered.</exception>
    public async Task RunAsync(
        IAsyncStreamReader<RecordRequest> chunks, IServerStreamWriter<RecordResponse> answers, Func<RecordRequest, Task<IReadOnlyDictionary<Guid, long>?>> check, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var ahead = new SemaphoreSlim(MaxAhead);
        var pending = Channel.CreateUnbounded<Task<RecordResponse>>();
        var reading = ReadAsync(chunks, check, ahead, pending.Writer, stop.Token);
        try
        {
            await foreach (var answer in pending.Reader.ReadAllAsync(stop.Token))
            {
                await answers.WriteAsync(await answer, stop.Token);
                ahead.Release();
            }
        }
        finally
        {
            // Nobody reads on for a teller whose chunk failed.
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await reading;
    }

    private async Task ReadAsync(
        IAsyncStreamReader<RecordRequest> chunks, Func<RecordRequest, Task<IReadOnlyDictionary<Guid, long>?>> check, SemaphoreSlim ahead, ChannelWriter<Task<RecordResponse>> pending,
        CancellationToken cancellationToken)
    {
        try
        {
            await ahead.WaitAsync(cancellationToken);
            while (await chunks.MoveNext(cancellationToken))
            {
                var granted = await check(chunks.Current);
                pending.TryWrite(record.RunAsync(chunks.Current.Events, cancellationToken, granted: granted));
                await ahead.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            pending.Complete();
        }
    }
}
