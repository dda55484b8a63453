namespace Platform.NativeHost.Engine;

/// <summary>How long to wait before a crashed process is started again: half a second, doubled at every crash in a row, at most 30 s.</summary>
internal sealed class RestartBackOff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>A process that ran this long had not crashed for the reason of the crash before.</summary>
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(60);

    public int CrashesInARow { get; private set; }

    public TimeSpan NextDelay(TimeSpan ran)
    {
        CrashesInARow = ran >= Stable ? 1 : CrashesInARow + 1;
        var doublings = Math.Min(CrashesInARow - 1, 10);
        var delay = First * (1 << doublings);
        return delay < Longest ? delay : Longest;
    }
}
