namespace Platform.NativeHost.Engine;

/// <summary>
/// Writes the files that say what runs. One that cannot be written, on a full disk for instance, is told of once and tried again until it can: what runs is not to end because nobody can be told that it
/// does.
/// </summary>
internal sealed class RunFiles : IAsyncDisposable
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> _unwritten = [];
    private readonly LogStream _logs;
    private readonly ITimer _again;

    /// <param name="logs">Where what cannot be written is told of.</param>
    /// <param name="time">The clock.</param>
    /// <param name="writeAgain">Writes all files as things stand then.</param>
    public RunFiles(LogStream logs, TimeProvider time, Action writeAgain)
    {
        _logs = logs;
        _again = time.CreateTimer(_ => writeAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called by one at a time.</summary>
    /// <returns>False when it could not be written.</returns>
    public bool Write(string path, IEnumerable<string> lines)
    {
        try
        {
            File.WriteAllLines(path, lines);
            if (_unwritten.Remove(path))
            {
                _logs.Say($"{path} is written again");
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (_unwritten.Add(path))
            {
                _logs.Say($"{path} cannot be written and does not say how things stand until it can: {exception.Message}");
            }

            _again.Change(TryAgainAfter, Timeout.InfiniteTimeSpan);
            return false;
        }
    }

    /// <summary>Returns when nothing is being written any more.</summary>
    public ValueTask DisposeAsync() => _again.DisposeAsync();
}
