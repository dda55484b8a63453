using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Platform.Export.Objects;

/// <summary>
/// Makes names durable: POSIX keeps a file's bytes through a power failure once it is flushed, but its name only once its directory is. .NET opens no directories,
/// so this asks the C library. Elsewhere than on Linux it does nothing.
/// </summary>
internal static class DirectorySync
{
    /// <summary>O_RDONLY | O_CLOEXEC, the same on all processors that .NET runs on.</summary>
    private const int ReadOnly = 0x80000;

    /// <summary>Flushes the folders from that of a file up to a root, any of which may be new.</summary>
    /// <exception cref="IOException">One of them could not be flushed.</exception>
    public static void FlushUpTo(string root, string file)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        for (var folder = Path.GetDirectoryName(file); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            Flush(folder);
            if (folder.Length <= root.TrimEnd(Path.DirectorySeparatorChar).Length)
            {
                return;
            }
        }
    }

    private static void Flush(string folder)
    {
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            throw Failed(folder);
        }

        try
        {
            if (FSync(descriptor) != 0)
            {
                throw Failed(folder);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failed(string folder) =>
        new($"Folder '{folder}' could not be flushed to disk: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Close(int descriptor);
}
