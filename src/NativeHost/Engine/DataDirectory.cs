using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting;

namespace Platform.NativeHost.Engine;

/// <summary>The folder of everything that outlives a start: <c>run</c> (this start), <c>logs</c>, and a folder a server.</summary>
internal sealed class DataDirectory(string root)
{
    private const int LockedByAnother = 11; // EWOULDBLOCK: how Linux refuses a lock, and .NET hands on as it is.

    public string Root => root;

    public string Run => Path.Combine(root, "run");

    public string Logs => Path.Combine(root, "logs");

    /// <summary>Exists exactly while every resource is healthy for the first time since the start; <c>./run</c> waits for it.</summary>
    public string ReadyFile => Path.Combine(Run, "ready");

    /// <summary>Holds the one-line reasons of resources that failed to start, or have ended and stay down.</summary>
    public string FailedFile => Path.Combine(Run, "failed");

    /// <summary>Holds, once all were healthy, a line for each resource that is not so now and may be again: it crashed and is started again, or its health check fails.</summary>
    public string UnwellFile => Path.Combine(Run, "unwell");

    /// <summary>How many seconds an orderly stop may take; <c>./run --stop</c> waits that long.</summary>
    public string StopLimitFile => Path.Combine(Run, "stop-limit");

    public string EndpointsFile => Path.Combine(Run, "endpoints");

    public string ProcessesFile => Path.Combine(Run, "processes");

    public string PidFile => Path.Combine(Run, "pid");

    public string PathOf(string relative) => Path.Combine(root, relative);

    /// <summary>Claims the folder for this process, until the returned handle is disposed or the process ends in whatever way.</summary>
    /// <exception cref="DistributedApplicationException">Another AppHost runs on it, or it cannot be written: the message says which.</exception>
    public IDisposable Claim()
    {
        FileStream? claim = null;
        try
        {
            Directory.CreateDirectory(Run);
            Directory.CreateDirectory(Logs);
            claim = new FileStream(Path.Combine(Run, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            Forget();
            File.WriteAllText(PidFile, $"{Environment.ProcessId}\n");
            return new Release(this, claim);
        }
        catch (IOException exception) when (exception.HResult == LockedByAnother)
        {
            var owner = File.Exists(PidFile) ? $" (process {File.ReadAllText(PidFile).Trim()})" : "";
            throw new DistributedApplicationException(
                $"another AppHost runs on {root}{owner}: stop it with ./run --data {root} --stop, or choose another folder with --data DIR");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            claim?.Dispose();
            throw new DistributedApplicationException(
                $"the data folder {root} cannot be written: {exception.Message} Mend that, or choose another folder with --data DIR", exception);
        }
    }

    /// <summary>A short name of this folder, the same at every start, for what must be unique on the machine.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)))[..12];

    private void Forget()
    {
        foreach (var file in new[] { ReadyFile, FailedFile, UnwellFile, StopLimitFile, EndpointsFile, ProcessesFile, PidFile })
        {
            File.Delete(file);
        }
    }

    private sealed class Release(DataDirectory data, FileStream claim) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                if (Directory.Exists(data.Run))
                {
                    data.Forget();
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next start forgets what is left, and says so where it cannot.
            }

            claim.Dispose();
        }
    }
}
