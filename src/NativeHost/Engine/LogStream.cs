using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;

namespace Platform.NativeHost.Engine;

/// <summary>One stream of every resource's lines, its name in front, and files a resource below <c>logs</c>.</summary>
internal sealed class LogStream(DataDirectory data, Topology topology, TestRun test, IConfiguration configuration) : IDisposable
{
    /// <summary>Configuration: <c>all</c> (the default) or <c>engine</c>, whose lines alone go to the console then: a detached start has one that grows without end.</summary>
    public const string ConsoleKey = "NativeHost:Console";

    private const string Engine = "apphost";
    private const long FileLimitBytes = 50_000_000;

    private static readonly int[] Colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, LogFile> _files = new();
    private readonly bool _engineOnly = configuration[ConsoleKey] == "engine";
    private readonly bool _coloured = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;
    private readonly int _width = topology.Processes.Select(r => r.Name.Length).Append(Engine.Length).Max();
    private readonly Dictionary<string, int> _colourOf =
        topology.Processes.Select((r, i) => (r.Name, Colours[i % Colours.Length])).ToDictionary();

    /// <summary>A line of the engine itself.</summary>
    public void Say(string line) => Write(Engine, line);

    /// <summary>Never fails: see <see cref="LogFile"/>.</summary>
    public void Write(string resource, string line)
    {
        lock (_gate)
        {
            _files.GetOrAdd(resource, name => new LogFile(data.Logs, name, FileLimitBytes)).Write(line);
            if (!test.IsTest && (!_engineOnly || resource == Engine))
            {
                WriteToConsole($"{Prefix(resource)} {line}");
            }
        }
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    private static void WriteToConsole(string line)
    {
        try
        {
            Console.Out.WriteLine(line);
        }
        catch (IOException)
        {
            // It may be a file on a disk that is full. The line stands in the resource's own file too, or is counted there.
        }
    }

    private string Prefix(string resource)
    {
        var padded = resource.PadRight(_width);
        return _coloured ? $"\e[{_colourOf.GetValueOrDefault(resource, 1)}m{padded}\e[0m" : padded;
    }
}
