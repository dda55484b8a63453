namespace Platform.Cli.Output;

/// <summary>A file that takes its name when it is whole: written beside it and moved, so that whatever stops the work leaves what was there before.</summary>
internal sealed class DraftFile : IDisposable
{
    private readonly string _path;

    /// <summary>Null where <see cref="Writer"/> writes to the target itself: a pipe or a device cannot be replaced, only be written to.</summary>
    private readonly string? _draft;

    private DraftFile(string path, string? draft, Stream stream) => (_path, _draft, Writer) = (path, draft, new StreamWriter(stream));

    public StreamWriter Writer { get; }

    /// <summary>Before the work is done rather than after it: that the file cannot be written should be known then.</summary>
    /// <exception cref="KtError">It cannot be written.</exception>
    public static DraftFile Create(string path)
    {
        if (path.Length == 0)
        {
            throw new KtError(ExitCodes.Usage, "The name of the file to write is blank.");
        }

        try
        {
            // Under this folder are names of streams rather than files: /dev/stdout, /dev/null, /dev/fd/63 of a shell's substitution.
            if (Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal) && File.Exists(path))
            {
                return new DraftFile(path, null, new FileStream(path, FileMode.Create, FileAccess.Write));
            }

            var target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            if (Pipe(target) is { } pipe)
            {
                return new DraftFile(path, null, pipe);
            }

            var draft = target + ".part";
            return new DraftFile(target, draft, new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None));
        }
        catch (DirectoryNotFoundException)
        {
            throw new KtError(ExitCodes.Failed, $"{path} cannot be written: there is no such folder.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new KtError(ExitCodes.Failed, $"{path} cannot be written: permission denied, or it is a folder.");
        }
    }

    /// <summary>The file is whole: from now on it is there under its name.</summary>
    public void Keep()
    {
        Writer.Dispose();
        if (_draft is null)
        {
            return;
        }

        if (!OperatingSystem.IsWindows() && File.Exists(_path))
        {
            File.SetUnixFileMode(_draft, File.GetUnixFileMode(_path));
        }

        File.Move(_draft, _path, overwrite: true);
    }

    /// <summary>Takes the draft away where it was not kept.</summary>
    public void Dispose()
    {
        try
        {
            Writer.Dispose();
        }
        finally
        {
            if (_draft is not null)
            {
                File.Delete(_draft);
            }
        }
    }

    /// <summary>What is there already is opened, so that a file that may not be written is not replaced either. Null where it can be, or nothing is there.</summary>
    private static FileStream? Pipe(string target)
    {
        if (!File.Exists(target))
        {
            return Directory.Exists(target) ? throw new UnauthorizedAccessException() : null;
        }

        var there = new FileStream(target, FileMode.Open, FileAccess.Write);
        if (!there.CanSeek)
        {
            return there;
        }

        there.Dispose();
        return null;
    }
}
