using Grpc.Core;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>
/// What a caller is streamed, each message whole. Given the token of a write, the gRPC library resets the stream when it is cancelled while the message waits for its reader, and the caller
/// never hears why the stream ended: so it gets none. Who waits for a write is let go as soon as its token says so, and the message stays on its way, before the status.
/// </summary>
internal sealed class WholeWriter<T>(IServerStreamWriter<T> stream) : IServerStreamWriter<T>
{
    public WriteOptions? WriteOptions
    {
        get => stream.WriteOptions;
        set => stream.WriteOptions = value;
    }

    public Task WriteAsync(T message) => stream.WriteAsync(message);

    public Task WriteAsync(T message, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : stream.WriteAsync(message, CancellationToken.None).WaitAsync(cancellationToken);
}
