namespace Platform.Export.Objects;

/// <summary>Where exports go. An object appears whole or not at all, and is never changed in place.</summary>
internal interface IObjectStore
{
    /// <summary>
    /// Begins an object. It is visible under its key, durably, once it is committed; until then nothing of it is. Bytes that stood under the key before are replaced.
    /// </summary>
    Task<IObjectWrite> CreateAsync(string bucket, string key, CancellationToken cancellationToken);

    /// <summary>The object's bytes from the beginning; null when there is no such object. The caller disposes the stream.</summary>
    Task<Stream?> GetAsync(string bucket, string key, CancellationToken cancellationToken);
}

/// <summary>An object that is being written. Disposed without a commit, it never was.</summary>
internal interface IObjectWrite : IAsyncDisposable
{
    Stream Stream { get; }

    Task CommitAsync(CancellationToken cancellationToken);
}
