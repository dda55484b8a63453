using System.Collections.Frozen;
using Platform.Routing.Shapes;

namespace Platform.Routing.Scheduled;

/// <summary>The AI routes whose requests may wait, by path.</summary>
internal sealed class ScheduledShapes(IReadOnlyDictionary<string, WireShape> shapes)
{
    private readonly FrozenDictionary<string, WireShape> _shapes = shapes.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>For people.</summary>
    public string Paths => string.Join(", ", _shapes.Keys.Order(StringComparer.Ordinal));

    /// <summary>The one spelling of its route. Callers have more: routing takes any case, and a slash at the end.</summary>
    public string PathOf(WireShape shape) => _shapes.First(pair => pair.Value == shape).Key;

    public WireShape? Find(string path) => _shapes.GetValueOrDefault(path);
}
