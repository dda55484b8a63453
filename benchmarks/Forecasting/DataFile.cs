using System.Globalization;

namespace Platform.Benchmarks.Forecasting;

/// <summary>Series in long format, unique_id,ds,y, in order of time.</summary>
internal static class DataFile
{
    public static IReadOnlyDictionary<string, double[]> Read(string folder, string name) => File.ReadLines(Path.Combine(folder, name)).Skip(1)
        .Select(line => line.Split(',')).GroupBy(cells => cells[0])
        .ToDictionary(group => group.Key, group => group.Select(cells => double.Parse(cells[2], CultureInfo.InvariantCulture)).ToArray());
}
