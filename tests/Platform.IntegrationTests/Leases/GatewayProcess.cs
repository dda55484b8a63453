using System.Diagnostics;
using System.Net.Sockets;
using Platform.AppHost;
using Platform.NativeHost;
using Platform.Testing;

namespace Platform.IntegrationTests.Leases;

/// <summary>
/// One more gateway beside those of the running platform, with a journal of its own, that can be made to die at a named step and be started again. It ends with
/// the platform at the latest, because it carries its mark.
/// </summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private GatewayProcess(Process process, HttpClient client)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
        Client = client;
    }

    public HttpClient Client { get; }

    public bool HasExited => _process.HasExited;

    /// <param name="journal">Folder of its journals, the same over restarts.</param>
    /// <param name="crashAt">The step to die at; null for none.</param>
    /// <param name="settings">Further ones, as environment variables.</param>
    public static GatewayProcess Start(RunningPlatform platform, string journal, string? crashAt, params IReadOnlyList<(string Name, string Value)> settings)
    {
        var program = Checkout.BuiltAssembly("Platform.Routing", "Platform.Routing");
        var start = new ProcessStartInfo("dotnet", [program])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(program)!,
        };
        start.Environment.Clear();
        foreach (var variable in EnvironmentOf(NativeProcesses.Of(platform.App, ResourceNames.Routing)[0]))
        {
            start.Environment[variable.Key] = variable.Value;
        }

        var (http, grpc) = (TestPorts.Take(), TestPorts.Take());
        start.Environment["Kestrel__Endpoints__http__Url"] = $"http://localhost:{http}";
        start.Environment["Kestrel__Endpoints__grpc__Url"] = $"http://localhost:{grpc}";
        start.Environment["Journal__Directory"] = journal;
        start.Environment["Leases__IdleSeconds"] = "1";
        start.Environment["KT_CRASH_POINT"] = crashAt ?? "";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new GatewayProcess(
            Process.Start(start)!, new HttpClient { BaseAddress = new Uri($"http://localhost:{http}"), Timeout = TimeSpan.FromSeconds(60) });
    }

    /// <summary>True when it can serve calls; false when it died first.</summary>
    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return _process.HasExited || (await Client.GetAsync("health", cancellationToken)).IsSuccessStatusCode;
                }
                catch (Exception exception) when (exception is HttpRequestException or SocketException)
                {
                    return false;
                }
            },
            StartLimit,
            "the gateway to be healthy or to have died");
        return !_process.HasExited;
    }

    /// <summary>Its exit code; 137 when it was killed, or killed itself.</summary>
    public async Task<int> ExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(EndLimit, cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>As a person or an orchestrator stops it: SIGTERM.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        return await ExitAsync(cancellationToken);
    }

    public void Kill() => _process.Kill();

    public async Task<string> LogAsync() => await _output + await _errors;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        Client.Dispose();
        _process.Dispose();
    }

    private static Dictionary<string, string> EnvironmentOf(int processId) => File.ReadAllText($"/proc/{processId}/environ")
        .Split('\0', StringSplitOptions.RemoveEmptyEntries)
        .Select(variable => variable.Split('=', 2))
        .ToDictionary(parts => parts[0], parts => parts[1]);
}
