using System.Text;

namespace Platform.Cli.SeriesFiles;

/// <summary>Files of text, line by line.</summary>
internal static class TextFile
{
    /// <summary>All lines, read as they are asked for; without the mark of its encoding, which is UTF-8 where there is none.</summary>
    /// <exception cref="KtError">There is no such file, or it cannot be read, or is no text, or the name is blank.</exception>
    public static IEnumerable<string> Lines(string path)
    {
        using var reader = Open(path);
        while (Next(reader, path) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>Other bytes would become question marks in silence, and two names one.</summary>
    private static string? Next(StreamReader reader, string path)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException)
        {
            throw new KtError(ExitCodes.Failed, $"{path} is not text in UTF-8; save it in that encoding.");
        }
    }

    private static StreamReader Open(string path)
    {
        if (path.Length == 0)
        {
            throw new KtError(ExitCodes.Usage, "A file's name is blank.");
        }

        try
        {
            return new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KtError(ExitCodes.Failed, $"There is no file {path}.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new KtError(ExitCodes.Failed, $"{path} cannot be read: permission denied, or it is a folder.");
        }
    }
}
