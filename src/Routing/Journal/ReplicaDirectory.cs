namespace Platform.Routing.Journal;

/// <summary>
/// The folder that is this process's alone while it lives: the first numbered one below the journal's directory that no other process has locked. Its
/// file <c>replica</c> holds the identity that usage is told under, so a process that comes back to a folder is the same replica as before.
/// </summary>
internal sealed class ReplicaDirectory : IDisposable
{
    /// <summary>More replicas on one volume are a mistake in configuration.</summary>
    private const int MaxReplicas = 256;

    private readonly FileStream _lock;

    private ReplicaDirectory(string path, FileStream held, string replica)
    {
        Path = path;
        _lock = held;
        Replica = replica;
    }

    public string Path { get; }

    /// <summary>The replica's name: <c>gw-</c> and twelve hexadecimal digits.</summary>
    public string Replica { get; }

    /// <summary>Takes the first free folder. The lock is the operating system's, so it ends with the process however that dies.</summary>
    /// <exception cref="IOException">The directory cannot be written, or every folder is taken.</exception>
    public static ReplicaDirectory Take(string directory)
    {
        for (var number = 1; number <= MaxReplicas; number++)
        {
            var path = System.IO.Path.Combine(directory, number.ToString("00", System.Globalization.CultureInfo.InvariantCulture));
            System.IO.Directory.CreateDirectory(path);
            if (TryLock(System.IO.Path.Combine(path, "lock")) is { } held)
            {
                return new ReplicaDirectory(path, held, ReadOrMakeReplica(System.IO.Path.Combine(path, "replica")));
            }
        }

        throw new IOException($"All {MaxReplicas} replica folders in {directory} are taken by running processes.");
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            // Another process holds it. A folder that cannot be written at all throws UnauthorizedAccessException and stops the start.
            return null;
        }
    }

    private static string ReadOrMakeReplica(string path)
    {
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } known)
        {
            return known;
        }

        var made = $"gw-{Guid.NewGuid():N}"[..15];
        var partial = path + ".new";
        File.WriteAllText(partial, made + "\n");
        File.Move(partial, path, overwrite: true);
        return made;
    }
}
