using System.Collections.Concurrent;
using System.Diagnostics;
using Platform.NativeHost.Engine;
using Platform.Testing;

namespace Platform.NativeHost.Tests;

/// <summary>The test AppHost as a process of its own, to be interrupted or killed.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    public HostProcess(string data, params (string Name, string Value)[] environment)
    {
        Data = data;
        // Signals as a terminal gives them: who runs the tests in a shell's background has interrupts ignored, in all processes that come of it.
        var start = new ProcessStartInfo("env")
        {
            ArgumentList = { "--default-signal=INT", DotNetHost.Path, TestService.BuiltAssembly("Platform.NativeHost.TestHost"), $"--DataDirectory={data}" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOST_TEST_DATA"] = data; // Inherited by every process, so that those which do not name the data are found too.
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Data { get; }

    public int Id => _process.Id;

    public IEnumerable<string> Output => _output;

    public Task ReadyAsync() => Eventually.TrueAsync(
        () => Task.FromResult(_process.HasExited
            ? throw new InvalidOperationException($"The host ended: {string.Join('\n', _output)}")
            : IsMine() && File.Exists(Path.Combine(Data, "run", "ready"))),
        TestTopology.Limit,
        () => $"the host to be ready; it says: {string.Join('\n', _output)}");

    // A host that was killed leaves its files; the next one removes them when it claims the folder, before it writes its number.
    private bool IsMine()
    {
        var pid = new FileInfo(Path.Combine(Data, "run", "pid"));
        return pid.Exists && File.ReadAllText(pid.FullName).Trim() == $"{Id}";
    }

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TestTopology.Limit);
        return _process.ExitCode;
    }

    public void Kill() => _process.Kill(entireProcessTree: false);

    public async Task<int> SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await EndAsync();
    }

    /// <summary>Every living process whose command line or environment names the data directory, which its host's children inherit.</summary>
    public static IReadOnlyList<string> Naming(string data) =>
        [.. Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)).Select(d => Describe(d, data)).OfType<string>()];

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string? Describe(string folder, string data)
    {
        try
        {
            var command = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
            var environment = File.ReadAllText(Path.Combine(folder, "environ"));
            var workingDirectory = new FileInfo(Path.Combine(folder, "cwd")).LinkTarget ?? "";
            var names = new[] { command, environment, workingDirectory }.Any(text => text.Contains(data, StringComparison.Ordinal));
            return names && command.Length > 0 ? $"{Path.GetFileName(folder)} {command}" : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // It ended while it was read.
        }
    }
}
