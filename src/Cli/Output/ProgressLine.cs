using System.Globalization;

namespace Platform.Cli.Output;

/// <summary>A bar on stderr that is redrawn in place; when stderr is a file it says every tenth instead. Disposed however the work ends: what is said next has a line of its own.</summary>
/// <param name="terminal">What the bar is drawn on; null: the terminal, where stderr is one.</param>
internal sealed class ProgressLine(KtEnvironment environment, string what, int total, TextWriter? terminal = null) : IDisposable
{
    private const int Width = 30;

    // What draws over the bar before is no plain text.
    private readonly TextWriter? _terminal = terminal ?? (!Console.IsErrorRedirected && environment.Error is PlainWriter { Inner: var inner } && ReferenceEquals(inner, Console.Error) ? inner : null);

    private bool _isDrawn;

    private int _done;

    public void Advance(int count)
    {
        var before = Tenths();
        _done += count;
        if (_terminal is not null)
        {
            var filled = total == 0 ? Width : (int)((long)_done * Width / total);
            _isDrawn = true;
            _terminal.Write($"\r[{new string('#', filled)}{new string('.', Width - filled)}] {Text()}");
        }
        else if (Tenths() > before)
        {
            environment.Error.WriteLine(Text());
        }
    }

    public void Dispose()
    {
        if (_isDrawn)
        {
            _isDrawn = false;
            _terminal!.WriteLine();
        }
    }

    private int Tenths() => total == 0 ? 10 : (int)((long)_done * 10 / total);

    private string Text() => string.Create(CultureInfo.InvariantCulture, $"{_done:#,##0} of {total:#,##0} {what}");
}
