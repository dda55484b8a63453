using System.Text;

namespace Platform.NativeHost.Engine;

/// <summary>
/// One resource's lines on disk, in a file of bounded size and the few before it: NAME.log, NAME.1.log and so on, the newest first; each start begins a new one. A line that cannot be written is
/// dropped and counted: whoever wrote it waits at the other end of a pipe and would stop when nobody reads it, for good, on a disk that was full for a moment.
/// </summary>
internal sealed class LogFile(string folder, string name, long limitBytes, Func<string, Stream>? open = null) : IDisposable
{
    /// <summary>Files that are kept beside the one that is written.</summary>
    public const int Kept = 3;

    private readonly Func<string, Stream> _open = open ?? Append;
    private Stream? _file;
    private long _bytes;
    private long _lost;
    private bool _hasRolled;

    /// <summary>Never fails.</summary>
    public void Write(string line)
    {
        try
        {
            var bytes = Encoding.UTF8.GetBytes($"{line}\n");
            _file ??= Open();
            if (_bytes > 0 && _bytes + bytes.Length > limitBytes)
            {
                Roll();
                _file = Open();
            }

            if (_lost > 0)
            {
                Put(Encoding.UTF8.GetBytes($"({_lost} lines before this one could not be written)\n"));
                _lost = 0;
            }

            Put(bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Opened anew for the next line, so that it does not matter what became of the file or its folder meanwhile.
            _lost++;
            Close();
        }
    }

    public void Dispose() => Close();

    private void Put(byte[] bytes)
    {
        _file!.Write(bytes);
        _bytes += bytes.Length;
    }

    private Stream Open()
    {
        Directory.CreateDirectory(folder);
        if (!_hasRolled)
        {
            Roll();
            _hasRolled = true;
        }

        var file = _open(PathOf(0));
        _bytes = file.CanSeek ? file.Length : 0;
        return file;
    }

    private void Roll()
    {
        Close();
        for (var age = Kept - 1; age >= 0; age--)
        {
            if (File.Exists(PathOf(age)))
            {
                File.Move(PathOf(age), PathOf(age + 1), overwrite: true);
            }
        }
    }

    // Without a buffer there is nothing left to write when it is closed.
    private static FileStream Append(string path) => new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    private string PathOf(int age) => Path.Combine(folder, age == 0 ? $"{name}.log" : $"{name}.{age}.log");
}
