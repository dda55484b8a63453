using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Platform.NativeHost.Engine;

internal enum StopSignal
{
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
}

/// <summary>A started process whose output flows to the log stream.</summary>
internal sealed class ManagedProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ProcessSpec _spec;
    private readonly Action<string> _write;
    private readonly Task _pumps;
    private volatile string _lastLine = "";

    public ManagedProcess(Process process, ProcessSpec spec, Action<string> write)
    {
        _process = process;
        _spec = spec;
        _write = write;
        Id = process.Id;
        process.StandardInput.Close();
        _pumps = Task.WhenAll(PumpAsync(process.StandardOutput), PumpAsync(process.StandardError));
        Exited = WaitAsync();
    }

    public int Id { get; }

    /// <summary>Its exit code; 128 plus the signal's number when a signal ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>The last non-empty line it wrote, which mostly says why it ended.</summary>
    public string LastLine => _lastLine;

    /// <summary>Signals it, waits the time it is given, then kills it with its process group.</summary>
    /// <param name="limit">How long it may take before it is killed; absent: as its program says.</param>
    public async Task StopAsync(TimeSpan? limit = null)
    {
        var timeout = limit ?? _spec.StopTimeout;
        if (!Exited.IsCompleted)
        {
            _ = Kill(Id, (int)_spec.StopSignal);
            try
            {
                await Exited.WaitAsync(timeout);
            }
            catch (TimeoutException)
            {
                _write($"did not end within {timeout.TotalSeconds:0} s and is killed");
            }
        }

        _ = Kill(-Id, (int)StopSignal.Kill);
        await Exited;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();

        // A grandchild can hold the pipes open after the process has ended; its lines are not waited for.
        await Task.WhenAny(_pumps, Task.Delay(TimeSpan.FromMilliseconds(500)));
        return _process.ExitCode;
    }

    private async Task PumpAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.Length > 0)
            {
                _lastLine = line;
                _write(line);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int processId, int signal);
}
