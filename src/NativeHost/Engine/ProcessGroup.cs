using System.Diagnostics;
using Aspire.Hosting;

namespace Platform.NativeHost.Engine;

/// <summary>What to start. <see cref="User"/> is who to run as, which only root can choose.</summary>
internal sealed record ProcessSpec(string Command, IReadOnlyList<string> Args, string WorkingDirectory)
{
    public string? User { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public StopSignal StopSignal { get; init; } = StopSignal.Terminate;

    /// <summary>How long it may take to end after the signal before it is killed.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// Every process of one AppHost. None of them outlives it: each carries a mark in its environment, which its own children inherit, and a
/// watcher in a session of its own holds the other end of a pipe. When the AppHost ends, in whatever way, the pipe closes and the watcher
/// ends everything that carries the mark. (A parent-death signal would miss grandchildren such as the broker's epmd.)
/// </summary>
internal sealed class ProcessGroup(DataDirectory data, LogStream logs, TestRun test) : IAsyncDisposable
{
    private const string MarkVariable = "KEEPTRUSTS_RUN_ID";

    // PostgreSQL is asked to quit at once, as after a crash, because its workers would outlive a killed postmaster for a moment; it gets five seconds.
    private const string WatcherScript = """
        while IFS= read -r _; do :; done
        for round in {1..200}; do
          found=0
          for file in $(grep -lsxzF -- "$1" /proc/[0-9]*/environ); do
            pid=${file#/proc/}; pid=${pid%/environ}; name=
            read -r name 2>/dev/null <"/proc/$pid/comm" || continue
            found=1
            if [ "$name" != postgres ] || [ "$round" -gt 50 ]; then kill -KILL "$pid" 2>/dev/null
            elif [ "$round" -eq 1 ]; then kill -QUIT "$pid" 2>/dev/null; fi
          done
          [ "$found" -eq 0 ] && break
          sleep 0.1
        done
        [ -n "$2" ] && rm -rf -- "$2"
        exit 0
        """;

    private readonly string _mark = Guid.NewGuid().ToString("N");
    private Process? _watcher;

    /// <exception cref="DistributedApplicationException">The machine lacks <c>setsid</c> or <c>bash</c>.</exception>
    public void StartWatcher()
    {
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, UseShellExecute = false };
        foreach (var arg in new[] { "bash", "-c", WatcherScript, "keeptrusts-watcher", $"{MarkVariable}={_mark}", test.DirectoryToRemove(data) ?? "" })
        {
            start.ArgumentList.Add(arg);
        }

        _watcher = Start(start);
    }

    public ManagedProcess Start(string resource, ProcessSpec spec)
    {
        if (_watcher is null)
        {
            throw new InvalidOperationException("Nothing may start before the watcher.");
        }

        // A session of its own keeps Ctrl-C, which goes to the whole foreground group, from ending everything at once instead of in order.
        var start = new ProcessStartInfo("setsid")
        {
            WorkingDirectory = spec.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var arg in AsUser(spec.User).Append(spec.Command).Concat(spec.Args))
        {
            start.ArgumentList.Add(arg);
        }

        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment[MarkVariable] = _mark;
        return new ManagedProcess(Start(start), spec, line => logs.Write(resource, line));
    }

    /// <summary>Runs a tool to its end.</summary>
    /// <exception cref="DistributedApplicationException">It ended with another code than 0; the message carries its last line.</exception>
    public async Task RunToEndAsync(string resource, ProcessSpec spec, CancellationToken cancellationToken)
    {
        await using var process = Start(resource, spec);
        var exitCode = await process.Exited.WaitAsync(cancellationToken);
        if (exitCode != 0)
        {
            throw new DistributedApplicationException(
                $"{Path.GetFileName(spec.Command)} ended with code {exitCode}: {process.LastLine}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_watcher is null)
        {
            return;
        }

        // The watcher sweeps up after an orderly stop too: whatever a resource left behind ends here.
        _watcher.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await _watcher.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            logs.Say("some processes could not be ended within 30 s");
        }

        _watcher.Dispose();
        _watcher = null;
    }

    private static IEnumerable<string> AsUser(string? user) =>
        user is null ? [] : ["setpriv", $"--reuid={user}", $"--regid={user}", "--init-groups", "--"];

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new DistributedApplicationException($"cannot start a process in {start.WorkingDirectory}: {exception.Message}", exception);
        }
    }
}
