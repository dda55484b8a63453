using System.Collections.Frozen;
using Platform.Routing.Shapes;

namespace Platform.Routing.Scheduled;

/// <summary>The AI routes whose requests may wait, by path.</summary>
internal sealed class ScheduledShapes(IReadOnlyDictionary<string, WireShape> shapes)
{
    private readonly FrozenDictionary<string, WireShape> _shapes = shapes.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>For people.</summary>
    public string Paths => string.Join(", ", _shapes.Keys.Order(StringComparer.Ordinal));

    public WireShape? Find(string path) => _shapes.GetValueOrDefault(path);
}
