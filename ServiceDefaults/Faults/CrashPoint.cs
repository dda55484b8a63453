using System.Diagnostics;

namespace Platform.ServiceDefaults.Faults;

/// <summary>
/// Named steps at which a fault test ends the process as <c>kill -9</c> would, so that a crash between any two of them has its test. Off unless the
/// environment names one: <c>KT_CRASH_POINT=wallet.hold.before_commit</c>, or <c>…:3</c> for the third time that it is reached.
/// </summary>
public static class CrashPoint
{
    private static readonly string? Wanted;
    private static int _left = 1;

    static CrashPoint()
    {
        if (Environment.GetEnvironmentVariable("KT_CRASH_POINT") is { Length: > 0 } wanted)
        {
            var colon = wanted.IndexOf(':');
            Wanted = colon < 0 ? wanted : wanted[..colon];
            _left = colon < 0 ? 1 : int.Parse(wanted.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Does nothing, at the price of comparing a constant with null, unless this step is the one to crash at.</summary>
    public static void Reach(string step)
    {
        if (Wanted is not null && Wanted == step && Interlocked.Decrement(ref _left) == 0)
        {
            // Not Environment.FailFast or Exit: nothing may be flushed, handled or closed on the way out.
            Process.GetCurrentProcess().Kill();
            new ManualResetEventSlim().Wait();
        }
    }
}
