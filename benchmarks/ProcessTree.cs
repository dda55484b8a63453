namespace Platform.Benchmarks;

/// <summary>Processes as Linux shows them under /proc.</summary>
internal static class ProcessTree
{
    /// <summary>
    /// Memory of every process that was started below this one, in MiB: the sum of proportional set sizes, so that shared pages count once.
    /// </summary>
    public static double MemoryOfDescendantsMiB(int root)
    {
        return Below(root, Children()).Sum(ProportionalKiB) / 1024.0;
    }

    /// <summary>Memory of a process and all below it, in MiB.</summary>
    public static double MemoryMiB(int root) => (ProportionalKiB(root) / 1024.0) + MemoryOfDescendantsMiB(root);

    /// <summary>Processor time that a process and all below it have used, in seconds; of those below that have ended too, as far as they were waited for.</summary>
    public static double ProcessorSeconds(int root) => Below(root, Children()).Prepend(root).Sum(SecondsOf);

    private static ILookup<int, int> Children() => Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path))
        .Where(name => name.All(char.IsAsciiDigit)).Select(int.Parse).ToLookup(ParentOf);

    private static double SecondsOf(int pid)
    {
        // Fields 14 to 17 of the line: user and system time, own and of children, in ticks of 10 ms; counted behind the name, which may hold spaces.
        const double ticksPerSecond = 100;
        var stat = ReadOrEmpty($"/proc/{pid}/stat");
        return stat.Length == 0 ? 0 : stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..15].Sum(long.Parse) / ticksPerSecond;
    }

    private static IEnumerable<int> Below(int pid, ILookup<int, int> children) =>
        children[pid].SelectMany(child => Below(child, children).Prepend(child));

    private static int ParentOf(int pid)
    {
        // "pid (name) state ppid …"; the name may hold spaces and brackets.
        var stat = ReadOrEmpty($"/proc/{pid}/stat");
        return stat.Length == 0 ? -1 : int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
    }

    private static long ProportionalKiB(int pid) => ReadOrEmpty($"/proc/{pid}/smaps_rollup").Split('\n')
        .Where(line => line.StartsWith("Pss:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]))
        .FirstOrDefault();

    /// <summary>A process may end between being listed and being read.</summary>
    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
