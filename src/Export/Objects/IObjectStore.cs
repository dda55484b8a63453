namespace Platform.Export.Objects;

/// <summary>The stores that there are. Their names stand with every run, in lower case.</summary>
internal enum ObjectStoreKind
{
    /// <summary>The embedded one: a folder on this machine or on what it has mounted.</summary>
    Folder,

    /// <summary>Amazon S3, or what speaks its language.</summary>
    S3,
}

/// <summary>Where exports go. An object appears whole or not at all, and is never changed in place.</summary>
internal interface IObjectStore
{
    ObjectStoreKind Kind { get; }

    /// <summary>
    /// Begins an object. It is visible under its key, durably, once it is committed; until then nothing of it is. Bytes that stood under the key before are replaced.
    /// </summary>
    /// <exception cref="IOException">It cannot be written now; the message says what to do.</exception>
    Task<IObjectWrite> CreateAsync(string bucket, string key, CancellationToken cancellationToken);

    /// <summary>The object's bytes from the beginning; null when there is no such object. The caller disposes the stream.</summary>
    /// <exception cref="BucketUnusableException">There may be one, in a bucket that cannot be used.</exception>
    /// <exception cref="IOException">It cannot be read now; the message says what to do.</exception>
    Task<Stream?> GetAsync(string bucket, string key, CancellationToken cancellationToken);
}

/// <summary>The bucket itself cannot be used: it is missing, somewhere else, or not this service's to use.</summary>
internal sealed class BucketUnusableException(string message, Exception cause) : IOException(message, cause);

/// <summary>An object that is being written. Disposed without a commit, it never was.</summary>
internal interface IObjectWrite : IAsyncDisposable
{
    Stream Stream { get; }

    Task CommitAsync(CancellationToken cancellationToken);
}
