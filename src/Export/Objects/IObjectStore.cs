namespace Platform.Export.Objects;

/// <summary>Where exports go. An object appears whole or not at all, and is never changed in place.</summary>
internal interface IObjectStore
{
    /// <summary>
    /// Stores an object durably: it is visible under its key only after <paramref name="write"/> has ended and its bytes are on disk. When writing fails
    /// nothing is visible. Bytes that stood under the key before are replaced.
    /// </summary>
    Task PutAsync(string bucket, string key, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken);

    /// <summary>The object's bytes from the beginning; null when there is no such object. The caller disposes the stream.</summary>
    Task<Stream?> GetAsync(string bucket, string key, CancellationToken cancellationToken);
}
