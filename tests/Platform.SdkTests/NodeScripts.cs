using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace Platform.SdkTests;

/// <summary>Installs the packages that the lock file names, and runs scripts with them.</summary>
internal sealed class NodeScripts
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(5);
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "node");

    private readonly IReadOnlyDictionary<string, string> _environment;

    private NodeScripts(IReadOnlyDictionary<string, string> environment) => _environment = environment;

    /// <param name="environment">What the scripts are told.</param>
    public static async Task<NodeScripts> InstallAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var scripts = new NodeScripts(environment);
        var wanted = await File.ReadAllTextAsync(Path.Combine(Folder, "package-lock.json"), cancellationToken);
        var stamp = Path.Combine(Folder, "node_modules", ".installed");
        if (!File.Exists(stamp) || await File.ReadAllTextAsync(stamp, cancellationToken) != wanted)
        {
            // Nothing of a package runs while it is installed.
            var (exit, output) = await scripts.RunProgramAsync("npm", ["ci", "--ignore-scripts"], InstallLimit, cancellationToken);
            Assert.True(exit == 0, $"npm ci in {Folder} ended with code {exit}:\n{output}");
            await File.WriteAllTextAsync(stamp, wanted, cancellationToken);
        }

        return scripts;
    }

    /// <summary>What a script says of each of its cases: null, or what went wrong.</summary>
    public async Task<IReadOnlyDictionary<string, string?>> RunAsync(string script, CancellationToken cancellationToken)
    {
        var (exit, output) = await RunProgramAsync("node", [script], RunLimit, cancellationToken);
        var results = output.Split('\n').Where(line => line.StartsWith("{\"case\":", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line)!)
            .ToDictionary(line => (string)line["case"]!, line => (string?)line["error"]);
        Assert.True(exit == 0 && results.Count > 0, $"node {script} ended with code {exit}:\n{output}");
        return results;
    }

    private async Task<(int Exit, string Output)> RunProgramAsync(string program, string[] arguments, TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Folder };
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(limit, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        lock (output)
        {
            return (process.ExitCode, output.ToString());
        }

        void Add(string? line)
        {
            lock (output)
            {
                output.Append(line).Append('\n');
            }
        }
    }
}
