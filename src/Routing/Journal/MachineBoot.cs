namespace Platform.Routing.Journal;

/// <summary>
/// Tells whether the machine itself went down since something was written: what a process has written survives it, but what was not yet forced to the disk
/// does not survive the kernel.
/// </summary>
internal static class MachineBoot
{
    private const string Path = "/proc/sys/kernel/random/boot_id";

    /// <summary>This boot's id, given by the kernel at random.</summary>
    public static readonly string Id = File.ReadAllText(Path).Trim();
}
