using System.Collections.Concurrent;

namespace Platform.NativeHost.Engine;

/// <summary>One stream of every resource's lines, its name in front, and a file a resource below <c>logs</c>.</summary>
internal sealed class LogStream(DataDirectory data, Topology topology, TestRun test) : IDisposable
{
    private const string Engine = "apphost";

    private static readonly int[] Colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, StreamWriter> _files = new();
    private readonly bool _coloured = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;
    private readonly int _width = topology.Processes.Select(r => r.Name.Length).Append(Engine.Length).Max();
    private readonly Dictionary<string, int> _colourOf =
        topology.Processes.Select((r, i) => (r.Name, Colours[i % Colours.Length])).ToDictionary();

    /// <summary>A line of the engine itself.</summary>
    public void Say(string line) => Write(Engine, line);

    public void Write(string resource, string line)
    {
        lock (_gate)
        {
            _files.GetOrAdd(resource, Open).WriteLine(line);
            if (!test.IsTest)
            {
                Console.Out.WriteLine($"{Prefix(resource)} {line}");
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

    private string Prefix(string resource)
    {
        var padded = resource.PadRight(_width);
        return _coloured ? $"\e[{_colourOf.GetValueOrDefault(resource, 1)}m{padded}\e[0m" : padded;
    }

    // The file of the start before is kept beside, since the reason of a crash is often in it.
    private StreamWriter Open(string resource)
    {
        Directory.CreateDirectory(data.Logs);
        var path = Path.Combine(data.Logs, $"{resource}.log");
        if (File.Exists(path))
        {
            File.Move(path, Path.Combine(data.Logs, $"{resource}.previous.log"), overwrite: true);
        }

        return new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
    }
}
