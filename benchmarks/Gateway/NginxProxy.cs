using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Platform.NativeHost.Engine;

namespace Platform.Benchmarks.Gateway;

/// <summary>nginx in front of the simulator: what passing calls through costs when nothing is checked, funded or metered. Set up by <c>nginx.conf</c> beside this file.</summary>
internal sealed class NginxProxy : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _directory;
    private readonly PortFile _ports;

    private NginxProxy(Process process, string directory, PortFile ports, Uri address)
    {
        _process = process;
        _directory = directory;
        _ports = ports;
        Address = address;
    }

    public Uri Address { get; }

    public double ProcessorSeconds => ProcessTree.ProcessorSeconds(_process.Id);

    /// <exception cref="InvalidOperationException">nginx is not installed, or did not listen.</exception>
    public static async Task<NginxProxy> StartAsync(Uri upstream, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("kt-bench-nginx-").FullName;
        var ports = new PortFile(path: ""); // Of a block that is held: one that the system gives for the asking may be taken again before nginx binds it.
        var address = new Uri($"http://127.0.0.1:{ports.Take("nginx")}");
        await using var embedded = typeof(NginxProxy).Assembly.GetManifestResourceStream("nginx.conf")!;
        using var reader = new StreamReader(embedded);
        var configuration = (await reader.ReadToEndAsync(cancellationToken)).Replace("DIRECTORY", directory, StringComparison.Ordinal)
            .Replace("listen LISTEN", $"listen {address.Authority}", StringComparison.Ordinal)
            .Replace("server UPSTREAM", $"server 127.0.0.1:{upstream.Port}", StringComparison.Ordinal);
        var file = Path.Combine(directory, "nginx.conf");
        await File.WriteAllTextAsync(file, configuration, cancellationToken);
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo("nginx", ["-c", file, "-e", Path.Combine(directory, "error.log"), "-g", "daemon off;"]))!;
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException("nginx, the baseline, is not installed. On Debian: apt-get install nginx-light.");
        }

        var proxy = new NginxProxy(process, directory, ports, address);
        await proxy.WaitUntilItListensAsync(cancellationToken);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var stop = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _ports.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task WaitUntilItListensAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"nginx ended with {_process.ExitCode} before it listened.");
            }

            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, Address.Port, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            }
        }
    }
}
