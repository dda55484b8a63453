using System.Text;

namespace Platform.Cli.TextFiles;

/// <summary>
/// Files of text: CSV, JSON, YAML, dates. All of one is looked through before anything of it is read, since other bytes than UTF-8's would become question marks in silence, two names one,
/// and half a file would be sent before the first of them is met.
/// </summary>
internal static class TextFile
{
    /// <summary>The file from its beginning, which can be read again from there; without the mark of its encoding.</summary>
    /// <exception cref="KtError">There is no such file, or it cannot be read, or is not UTF-8, or the name is blank.</exception>
    public static Stream Open(string path)
    {
        var file = OpenFile(path);
        try
        {
            Utf8Text.Require(file, path);
            file.Position = Utf8Text.MarkLength(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>All of the file; without the mark of its encoding.</summary>
    /// <exception cref="KtError">As of <see cref="Open"/>.</exception>
    public static byte[] ReadBytes(string path)
    {
        using var file = Open(path);
        var bytes = new byte[file.Length - file.Position];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The file as text.</summary>
    /// <exception cref="KtError">As of <see cref="Open"/>.</exception>
    public static StreamReader OpenText(string path) => new(Open(path), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);

    /// <summary>All lines, read as they are asked for.</summary>
    /// <exception cref="KtError">As of <see cref="Open"/>.</exception>
    public static IEnumerable<string> Lines(string path)
    {
        using var reader = OpenText(path);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>A slip of the keyboard must not put what a command writes in the place of what it reads.</summary>
    /// <param name="option">That names the file to write.</param>
    /// <exception cref="KtError">A file that is read has the name of the one to write.</exception>
    public static void RequireApart(string option, string? output, params ReadOnlySpan<string?> inputs)
    {
        foreach (var input in inputs)
        {
            if (output is { Length: > 0 } && input is { Length: > 0 } && Path.GetFullPath(output) == Path.GetFullPath(input))
            {
                throw new KtError(ExitCodes.Usage, $"{option} {output} is a file that is read; name another.");
            }
        }
    }

    /// <summary>What cannot be read twice, as what comes through a pipe, is kept in memory.</summary>
    private static Stream OpenFile(string path)
    {
        if (path.Length == 0)
        {
            throw new KtError(ExitCodes.Usage, "A file's name is blank.");
        }

        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan | FileOptions.Asynchronous);
            return file.CanSeek ? file : InMemory(file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KtError(ExitCodes.Failed, $"There is no file '{path}'.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new KtError(ExitCodes.Failed, $"'{path}' cannot be read: permission denied, or it is a folder.");
        }
    }

    private static MemoryStream InMemory(FileStream file)
    {
        using (file)
        {
            var memory = new MemoryStream();
            file.CopyTo(memory);
            memory.Position = 0;
            return memory;
        }
    }
}
