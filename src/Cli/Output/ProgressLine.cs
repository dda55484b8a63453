using System.Globalization;

namespace Platform.Cli.Output;

/// <summary>A bar on stderr that is redrawn in place; when stderr is a file it says every tenth instead.</summary>
internal sealed class ProgressLine(KtEnvironment environment, string what, int total)
{
    private const int Width = 30;
    private readonly bool _inPlace = !Console.IsErrorRedirected && ReferenceEquals(environment.Error, Console.Error);
    private int _done;

    public void Advance(int count)
    {
        var before = Tenths();
        _done += count;
        if (_inPlace)
        {
            var filled = total == 0 ? Width : (int)((long)_done * Width / total);
            environment.Error.Write($"\r[{new string('#', filled)}{new string('.', Width - filled)}] {Text()}");
        }
        else if (Tenths() > before)
        {
            environment.Error.WriteLine(Text());
        }
    }

    public void End()
    {
        if (_inPlace)
        {
            environment.Error.WriteLine();
        }
    }

    private int Tenths() => total == 0 ? 10 : (int)((long)_done * 10 / total);

    private string Text() => string.Create(CultureInfo.InvariantCulture, $"{_done:#,##0} of {total:#,##0} {what}");
}
