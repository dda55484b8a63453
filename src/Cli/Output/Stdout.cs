using System.Runtime.InteropServices;

namespace Platform.Cli.Output;

/// <summary>Whether anybody reads what kt writes.</summary>
internal static class Stdout
{
    private const int Descriptor = 1;

    /// <summary>F_GETFL, O_ACCMODE and O_RDONLY.</summary>
    private const int GetFlags = 3;
    private const int AccessMode = 3;
    private const int ReadOnly = 0;

    /// <summary>POLLERR and POLLHUP: the reader of a pipe has closed it, or the terminal is gone.</summary>
    private const short Closed = 0x8 | 0x10;

    /// <summary>False once the command that it was piped into has ended, which .NET's console hides: it drops what is written from then on.</summary>
    public static bool IsRead()
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        var asked = new Poll { Descriptor = Descriptor };
        return PollNow(ref asked, 1, 0) <= 0 || (asked.Found & Closed) == 0;
    }

    /// <summary>False where kt was started with its output closed: its place is nobody's then, or a file's that the runtime reads.</summary>
    public static bool IsOpen() => OperatingSystem.IsWindows() || Control(Descriptor, GetFlags) is var flags && flags >= 0 && (flags & AccessMode) != ReadOnly;

    [StructLayout(LayoutKind.Sequential)]
    private struct Poll
    {
        public int Descriptor;
        public short Asked;
        public short Found;
    }

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int PollNow(ref Poll asked, nuint count, int milliseconds);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Control(int descriptor, int command);
}
