using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>What the changes of a scenario come to, each by itself, path by path and piece by piece, over some segments and plan items: whole nano-units, so that sums are the same in any order.</summary>
internal sealed class ChangeSums
{
    private readonly long[]?[] _spent;
    private readonly long[]?[] _planned;

    public ChangeSums(int changes)
    {
        (_spent, _planned) = (new long[changes][], new long[changes][]);
        Expected = [.. Enumerable.Range(0, changes).Select(_ => new long[HorizonCalendar.Pieces])];
        ExpectedPlanned = [.. Enumerable.Range(0, changes).Select(_ => new long[HorizonCalendar.Pieces])];
        Touched = [.. Enumerable.Range(0, changes).Select(_ => new double[HorizonCalendar.Pieces])];
        Unserved = [.. Enumerable.Range(0, changes).Select(_ => new double[HorizonCalendar.Pieces])];
    }

    /// <summary>By change and piece: the mean of each segment rounded, then added.</summary>
    public long[][] Expected { get; }

    /// <summary>Likewise of plan items.</summary>
    public long[][] ExpectedPlanned { get; }

    /// <summary>By change and piece, the mean of what it acts on.</summary>
    public double[][] Touched { get; }

    /// <summary>And of what of it is not served any more.</summary>
    public double[][] Unserved { get; }

    public int Count => _spent.Length;

    /// <summary>By path and piece; null: it changes no spend of segments.</summary>
    public long[]? Spent(int change) => _spent[change];

    /// <summary>Of plan items.</summary>
    public long[]? Planned(int change) => _planned[change];

    public long[] SpentToFill(int change) => _spent[change] ??= New();

    public long[] PlannedToFill(int change) => _planned[change] ??= New();

    public void Add(ChangeSums other)
    {
        for (var change = 0; change < Count; change++)
        {
            Add(ref _spent[change], other._spent[change]);
            Add(ref _planned[change], other._planned[change]);
            for (var piece = 0; piece < HorizonCalendar.Pieces; piece++)
            {
                Expected[change][piece] += other.Expected[change][piece];
                ExpectedPlanned[change][piece] += other.ExpectedPlanned[change][piece];
                Touched[change][piece] += other.Touched[change][piece];
                Unserved[change][piece] += other.Unserved[change][piece];
            }
        }
    }

    /// <summary>All changes together, as layers.</summary>
    public Layers.LayerPaths ToLayers(IReadOnlyList<Change> changes)
    {
        var layers = new Layers.LayerPaths();
        for (var change = 0; change < Count; change++)
        {
            if (_spent[change] is { } spent)
            {
                layers.Add(changes[change].Layer, spent, Expected[change]);
            }

            if (_planned[change] is { } planned)
            {
                layers.Add(ChangedLayer.Planned, planned, ExpectedPlanned[change]);
            }
        }

        return layers;
    }

    private static long[] New() => new long[JointPaths.Paths * HorizonCalendar.Pieces];

    private static void Add(ref long[]? sums, long[]? more)
    {
        if (more is null)
        {
            return;
        }

        sums ??= New();
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] += more[i];
        }
    }
}
