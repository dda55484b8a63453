using System.Runtime.InteropServices;

namespace Platform.Cli.Output;

/// <summary>Whether anybody reads what kt writes.</summary>
internal static class Stdout
{
    private const int Descriptor = 1;

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
}
