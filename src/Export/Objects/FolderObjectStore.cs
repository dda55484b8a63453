using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Platform.Export.Objects;

/// <summary>
/// The embedded object store: a bucket is a folder, a key is a path in it. An object is written beside the buckets, flushed to disk and renamed into place,
/// which POSIX does at once, and its name is flushed too. A write that is given up takes its file away. What a crash leaves has a name made of its key, so a
/// repeated write takes its place and none piles up.
/// </summary>
internal sealed class FolderObjectStore : IObjectStore
{
    /// <summary>No bucket name begins with a dot, so this folder can never be one.</summary>
    internal const string IncomingFolder = ".incoming";

    private const int BufferBytes = 64 * 1024;

    private readonly string _root;
    private readonly string _incoming;

    public FolderObjectStore(IOptions<ExportOptions> options)
    {
        _root = Path.GetFullPath(options.Value.Directory);
        _incoming = Path.Combine(_root, IncomingFolder);
    }

    public ObjectStoreKind Kind => ObjectStoreKind.Folder;

    public Task<IObjectWrite> CreateAsync(string bucket, string key, CancellationToken cancellationToken)
    {
        var target = PathOf(bucket, key);
        Directory.CreateDirectory(_incoming);
        var unfinished = Path.Combine(_incoming, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{bucket}/{key}"))));

        // Unshared: a second writer of the same key fails instead of mixing its bytes with the first one's.
        // Without a buffer: writers bring blocks, and one that is given up has nothing to write.
        var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        return Task.FromResult<IObjectWrite>(new FolderObjectWrite(file, _root, target));
    }

    public Task<Stream?> GetAsync(string bucket, string key, CancellationToken cancellationToken)
    {
        var path = PathOf(bucket, key);
        return Task.FromResult<Stream?>(
            File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.Asynchronous) : null);
    }

    /// <summary>Names were checked when the job was made; a path that leaves its bucket all the same is a bug and must not be followed.</summary>
    private string PathOf(string bucket, string key)
    {
        var folder = Path.Combine(_root, bucket) + Path.DirectorySeparatorChar;
        var path = Path.GetFullPath(Path.Combine(folder, key));
        return ObjectNames.BucketProblem(bucket) is null && path.StartsWith(folder, StringComparison.Ordinal)
            ? path
            : throw new ArgumentException($"Key '{key}' leaves bucket '{bucket}'.");
    }

    private sealed class FolderObjectWrite(FileStream file, string root, string target) : IObjectWrite
    {
        private bool _isThere;

        public Stream Stream => file;

        public Task CommitAsync(CancellationToken cancellationToken)
        {
            file.Flush(flushToDisk: true);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);

            // Renamed while it is held, so that no other writer of the key comes in between.
            File.Move(file.Name, target, overwrite: true);
            _isThere = true;
            DirectorySync.FlushUpTo(root, target);
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            await using (file)
            {
                // While it is held, as it is renamed: it is never another writer's.
                if (!_isThere)
                {
                    File.Delete(file.Name);
                }
            }
        }
    }
}
