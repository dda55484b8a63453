using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Platform.NativeHost.Engine;

namespace Platform.NativeHost.Servers;

/// <summary>A folder for a server that refuses to run as root, owned by the user that it runs as instead.</summary>
internal sealed record ServerFolder(string Path, string? User)
{
    /// <summary>Where data go when the user cannot pass a folder above the data directory, such as root's home.</summary>
    private const string Elsewhere = "/var/lib/keeptrusts";

    private const UnixFileMode Passable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>PostgreSQL's folder: below the data directory, if user postgres gets there.</summary>
    public static ServerFolder ForPostgres(DataDirectory data, IResource resource, Action<string> say)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new ServerFolder(data.PathOf(resource.Name), User: null);
        }

        Directory.CreateDirectory(data.Root);
        if (CanOthersPass(data.Root))
        {
            return new ServerFolder(data.PathOf(resource.Name), "postgres");
        }

        var path = System.IO.Path.Combine(Elsewhere, data.Fingerprint, resource.Name);
        say($"{resource.Name}: user postgres cannot pass {data.Root}; its data are in {path}");
        return new ServerFolder(path, "postgres");
    }

    /// <summary>Makes it, readable by its user only.</summary>
    public async Task CreateAsync(ProcessGroup processes, string resource, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!, Passable);
        var owner = User is null ? [] : new[] { "-o", User, "-g", User };
        await processes.RunToEndAsync(
            resource, new ProcessSpec("install", ["-d", "-m", "700", .. owner, Path], "/"), cancellationToken);
    }

    private static bool CanOthersPass(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (!at.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }
}
