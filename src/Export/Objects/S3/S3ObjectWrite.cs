namespace Platform.Export.Objects.S3;

/// <summary>
/// Holds one part of an object in memory at most, and no more than it has of one that is smaller: a full part is sent, and the writer waits for that. An object that never filled a part is sent whole
/// in one request.
/// </summary>
internal sealed class S3ObjectWrite(S3Upload upload, int partBytes) : IObjectWrite
{
    private const int FirstBytes = 64 * 1024;

    private byte[] _part = new byte[FirstBytes];
    private int _held;
    private Appending? _stream;

    public Stream Stream => _stream ??= new Appending(this);

    public Task CommitAsync(CancellationToken cancellationToken) => upload.CompleteAsync(_part.AsMemory(0, _held), cancellationToken);

    public ValueTask DisposeAsync() => upload.DisposeAsync();

    private async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            if (_held == partBytes)
            {
                await upload.SendPartAsync(_part.AsMemory(0, _held), cancellationToken);
                _held = 0;
            }

            var count = Math.Min(bytes.Length, partBytes - _held);
            EnsureRoom(count);
            bytes[..count].CopyTo(_part.AsMemory(_held));
            _held += count;
            bytes = bytes[count..];
        }
    }

    private void EnsureRoom(int count)
    {
        if (_held + count > _part.Length)
        {
            Array.Resize(ref _part, Math.Min(partBytes, Math.Max(_held + count, _part.Length * 2)));
        }
    }

    private sealed class Appending(S3ObjectWrite write) : WriteOnlyStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => write.AppendAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            write.AppendAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously.");
    }
}
