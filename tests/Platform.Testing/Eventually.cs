using System.Diagnostics;

namespace Platform.Testing;

/// <summary>Waits for a condition, with a bound.</summary>
public static class Eventually
{
    /// <summary>What is waited for comes within its time on a machine that has little else to do; one that is busy stands still for longer than that, and only a test that fails takes as long as this.</summary>
    private const int BusyFactor = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Answers when the condition holds; fails the test with what was waited for when it does not in time.</summary>
    /// <param name="timeout">On a machine that has little else to do.</param>
    public static Task TrueAsync(Func<Task<bool>> condition, TimeSpan timeout, string what) => TrueAsync(condition, timeout, () => what);

    /// <summary>As above, where what was seen instead is known only after the wait.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan timeout, Func<string> what)
    {
        var (started, limit) = (Stopwatch.GetTimestamp(), timeout * BusyFactor);
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException($"Waited {limit.TotalSeconds:0.#} s in vain for: {what()}.");
            }

            await Task.Delay(Interval);
        }
    }
}
