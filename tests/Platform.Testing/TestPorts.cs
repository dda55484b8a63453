using Platform.NativeHost.Engine;

namespace Platform.Testing;

/// <summary>
/// Ports for what a test starts, or wants nobody to be behind. They are of a block that this process holds, below those that the machine hands out itself: whom the system gave a port for the
/// asking may find it taken by the time that a program has started and binds it.
/// </summary>
public static class TestPorts
{
    /// <summary>Fewer than a block has, after which the first are taken again: what had them has long ended, or else keeps them and others are found.</summary>
    private const int Kept = 80;

    /// <summary>Of no file: the next run of the tests has other ones.</summary>
    private static readonly PortFile Ports = new(path: "");

    private static int _taken;

    /// <summary>A port that is free on the loopback.</summary>
    public static int Take()
    {
        lock (Ports)
        {
            return Ports.Take($"test-{_taken++ % Kept}");
        }
    }
}
