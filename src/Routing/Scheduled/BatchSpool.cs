using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Platform.Routing.Scheduled;

/// <summary>
/// The right lines of a file while it is taken in, on the disk: its caller may send as slowly as it likes, and only when all of it is there does it go to the database, at the database's own pace. The file has no
/// name from its first moment on, so nobody else reads it and nothing of it outlives the process.
/// </summary>
internal sealed class BatchSpool : IAsyncDisposable
{
    private const int HeaderBytes = 12;

    private readonly FileStream _file;
    private readonly byte[] _header = new byte[HeaderBytes];

    private BatchSpool(FileStream file) => _file = file;

    /// <summary>Of all lines, what their requests have.</summary>
    public long BodyBytes { get; private set; }

    /// <param name="directory">Empty: the machine's for what is temporary.</param>
    /// <exception cref="SpoolUnwritableException">There is no room for it there.</exception>
    public static BatchSpool Create(string directory)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Delete, BufferSize = 64 * 1024, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            var path = Path.Combine(directory.Length > 0 ? directory : Path.GetTempPath(), $"kt-batch-{Guid.NewGuid():N}");
            var file = new FileStream(path, options);
            File.Delete(path);
            return new BatchSpool(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SpoolUnwritableException(exception);
        }
    }

    /// <exception cref="SpoolUnwritableException">There is no room for it.</exception>
    public async Task AddAsync(BatchLine line, CancellationToken cancellationToken)
    {
        var (id, path) = (Encoding.UTF8.GetBytes(line.CustomId), Encoding.UTF8.GetBytes(line.Path));
        BinaryPrimitives.WriteInt32LittleEndian(_header, id.Length);
        BinaryPrimitives.WriteInt32LittleEndian(_header.AsSpan(4), path.Length);
        BinaryPrimitives.WriteInt32LittleEndian(_header.AsSpan(8), line.Body.Length);
        BodyBytes += line.Body.Length;
        foreach (var part in new[] { _header, id, path, line.Body })
        {
            await DoAsync(() => _file.WriteAsync(part, cancellationToken).AsTask());
        }
    }

    /// <summary>All lines, in the order in which they were added.</summary>
    /// <exception cref="SpoolUnwritableException">There was no room for the last of them, or they cannot be read.</exception>
    public async IAsyncEnumerable<BatchLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await DoAsync(() => _file.FlushAsync(cancellationToken));
        _file.Position = 0;
        while (_file.Position < _file.Length)
        {
            await DoAsync(() => _file.ReadExactlyAsync(_header, cancellationToken).AsTask());
            var (id, path) = (BinaryPrimitives.ReadInt32LittleEndian(_header), BinaryPrimitives.ReadInt32LittleEndian(_header.AsSpan(4)));
            var (text, body) = (new byte[id + path], new byte[BinaryPrimitives.ReadInt32LittleEndian(_header.AsSpan(8))]);
            await DoAsync(() => _file.ReadExactlyAsync(text, cancellationToken).AsTask());
            await DoAsync(() => _file.ReadExactlyAsync(body, cancellationToken).AsTask());
            yield return new BatchLine(Encoding.UTF8.GetString(text, 0, id), Encoding.UTF8.GetString(text, id, path), body);
        }
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private static async Task DoAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (IOException exception)
        {
            throw new SpoolUnwritableException(exception);
        }
    }
}

/// <summary>What is being taken in cannot be kept on the disk meanwhile.</summary>
internal sealed class SpoolUnwritableException(Exception inner) : Exception(inner.Message, inner);
