using System.Diagnostics;

namespace Platform.ServiceDefaults.Faults;

/// <summary>
/// Named steps at which a fault test ends the process as <c>kill -9</c> would, so that a crash between any two of them has its test. Off unless the
/// environment names one: <c>KT_CRASH_POINT=wallet.hold.before_commit</c>, or <c>…:3</c> for the third time that it is reached. Or it names a file,
/// <c>KT_CRASH_POINT=@PATH</c>: the process dies at the step that stands in the file, whenever a test puts one there.
/// </summary>
/// <remarks>
/// A process that dies by the file renames it to <c>PATH.reached</c> first: of several replicas one dies, once, and the test knows that the step was
/// reached.
/// </remarks>
public static class CrashPoint
{
    private static readonly string? Wanted;
    private static readonly string? Order;
    private static int _left = 1;

    static CrashPoint()
    {
        if (Environment.GetEnvironmentVariable("KT_CRASH_POINT") is not { Length: > 0 } wanted)
        {
            return;
        }

        if (wanted[0] == '@')
        {
            Order = wanted[1..];
            return;
        }

        var colon = wanted.IndexOf(':');
        Wanted = colon < 0 ? wanted : wanted[..colon];
        _left = colon < 0 ? 1 : int.Parse(wanted.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Does nothing, at the price of comparing two constants with null, unless this step is the one to crash at.</summary>
    public static void Reach(string step)
    {
        if ((Wanted is not null && Wanted == step && Interlocked.Decrement(ref _left) == 0) || (Order is not null && IsOrdered(Order, step)))
        {
            // Not Environment.FailFast or Exit: nothing may be flushed, handled or closed on the way out.
            Process.GetCurrentProcess().Kill();
            new ManualResetEventSlim().Wait();
        }
    }

    private static bool IsOrdered(string order, string step)
    {
        try
        {
            if (!File.Exists(order) || File.ReadAllText(order).Trim() != step)
            {
                return false;
            }

            File.Move(order, order + ".reached", overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false; // Another thread or replica was first.
        }
    }
}
