namespace Platform.ServiceDefaults.Http;

/// <summary>
/// A connection of HTTP/1.1 whose other end may answer before it has read the request, and close: what cannot be written any more is let go, so that the answer is read which came before. A server that refuses a large body
/// by its length does so, and its answer would be lost to the failure to write. Where none came the read fails as the write did, and a connection that has failed so takes no further request.
/// </summary>
public sealed class EarlyAnswerStream(Stream inner) : Stream
{
    private IOException? _failure;
    private bool _isRead;

    /// <summary>As <see cref="SocketsHttpHandler.PlaintextStreamFilter"/>: for connections of HTTP/1.1, encrypted or not; on HTTP/2 answers come beside what is sent.</summary>
    public static ValueTask<Stream> FilterAsync(SocketsHttpPlaintextStreamFilterContext connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return ValueTask.FromResult(connection.NegotiatedHttpVersion.Major == 1 ? new EarlyAnswerStream(connection.PlaintextStream) : connection.PlaintextStream);
    }

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The answer is being read, or the next request's turn has come: what is written from here on is not this request any more.
        _isRead |= _failure is not null;
        return inner.ReadAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_failure is { } failure)
        {
            return _isRead ? ValueTask.FromException(failure) : ValueTask.CompletedTask;
        }

        return LetGoAsync(inner.WriteAsync(buffer, cancellationToken));
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => LetGoAsync(new ValueTask(inner.FlushAsync(cancellationToken))).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask LetGoAsync(ValueTask writing)
    {
        try
        {
            // Always awaited: a socket's write that waited first and then failed says of itself that it completed successfully, and throws when it is asked for its result.
            await writing;
        }
        catch (IOException exception)
        {
            _failure ??= exception;
        }
    }
}
