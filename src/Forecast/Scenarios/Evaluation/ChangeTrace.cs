using System.Collections.Concurrent;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>What was met while a change was worked out: how much it touches, and sentences on what it rests on. Teams write into it side by side.</summary>
internal sealed class ChangeTrace
{
    private const int MostNotes = 20;

    private readonly ConcurrentDictionary<string, byte> _notes = new(StringComparer.Ordinal);
    private int _segments;
    private int _items;

    public int Segments => _segments;

    public int PlanItems => _items;

    /// <summary>In order of their text; at most twenty.</summary>
    public IReadOnlyList<string> Notes => [.. _notes.Keys.Order(StringComparer.Ordinal).Take(MostNotes)];

    public void Note(string sentence) => _notes.TryAdd(sentence, 0);

    public void CountSegment() => Interlocked.Increment(ref _segments);

    public void CountItem() => Interlocked.Increment(ref _items);
}
