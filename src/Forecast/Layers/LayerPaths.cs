using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>
/// A sum of segments as layers, path by path and column by column, in whole nano-units: baseline + control + resilience is what the segments cost, exactly, since the baseline is what
/// is left; what is planned comes on top. It is what demand would cost at default prices, with nothing refused and nothing failing over.
/// </summary>
internal sealed class LayerPaths
{
    private readonly long[] _cost = new long[JointPaths.Paths * HorizonCalendar.Columns];

    // Null: nothing is of it, as of most teams. Each takes 168 KB, and a sum of many teams is the quicker for each that is not there.
    private long[]? _control;
    private long[]? _resilience;
    private long[]? _planned;

    /// <summary>By piece; the mean of each segment rounded, then added.</summary>
    public long[] ExpectedCost { get; } = new long[HorizonCalendar.Columns];

    public long[] ExpectedControl { get; } = new long[HorizonCalendar.Columns];

    public long[] ExpectedResilience { get; } = new long[HorizonCalendar.Columns];

    public long[] ExpectedPlanned { get; } = new long[HorizonCalendar.Columns];

    public long Cost(int path, int piece) => _cost[path * HorizonCalendar.Columns + piece];

    public long Control(int path, int piece) => At(_control, path, piece);

    public long Resilience(int path, int piece) => At(_resilience, path, piece);

    /// <summary>On top of what the segments cost.</summary>
    public long Planned(int path, int piece) => At(_planned, path, piece);

    /// <summary>The pieces after today, which stay as they are while the forecast does.</summary>
    public static LayerPaths OfLater(IReadOnlyList<SegmentPaths> segments, IReadOnlyList<SegmentLayers> layers)
    {
        var sum = new LayerPaths();
        for (var i = 0; i < segments.Count; i++)
        {
            sum.Add(segments[i], layers[i], 1, HorizonCalendar.Columns, 1);
        }

        return sum;
    }

    /// <summary>Adds what is left of today.</summary>
    public void AddToday(IReadOnlyList<SegmentPaths> segments, IReadOnlyList<SegmentLayers> layers, double restOfToday)
    {
        for (var i = 0; i < segments.Count; i++)
        {
            Add(segments[i], layers[i], 0, 1, restOfToday);
        }
    }

    public void Add(LayerPaths other)
    {
        Add(_cost, other._cost);
        Add(ref _control, other._control);
        Add(ref _resilience, other._resilience);
        Add(ref _planned, other._planned);
        Add(ExpectedCost, other.ExpectedCost);
        Add(ExpectedControl, other.ExpectedControl);
        Add(ExpectedResilience, other.ExpectedResilience);
        Add(ExpectedPlanned, other.ExpectedPlanned);
    }

    /// <summary>Adds what a scenario changes, as part of a layer: path by path and piece by piece, with what is expected of it by piece. Columns that are no pieces stay as they are.</summary>
    public void Add(ChangedLayer layer, long[] changes, long[] expected)
    {
        var (paths, means) = layer switch
        {
            ChangedLayer.Control => (_control ??= New(), ExpectedControl),
            ChangedLayer.Resilience => (_resilience ??= New(), ExpectedResilience),
            ChangedLayer.Planned => (_planned ??= New(), ExpectedPlanned),
            ChangedLayer.None or ChangedLayer.Baseline => (null, null),
        };
        if (layer != ChangedLayer.Planned)
        {
            // The baseline is what is left of the cost.
            AddPieces(_cost, changes);
            Add(ExpectedCost, expected);
        }

        if (paths is not null && means is not null)
        {
            AddPieces(paths, changes);
            Add(means, expected);
        }
    }

    private static void AddPieces(long[] columns, long[] pieces)
    {
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            for (var piece = 0; piece < HorizonCalendar.Pieces; piece++)
            {
                columns[path * HorizonCalendar.Columns + piece] += pieces[path * HorizonCalendar.Pieces + piece];
            }
        }
    }

    public void Add(PlannedPaths planned, HorizonCalendar calendar, double restOfToday)
    {
        var (columns, into) = (calendar.ColumnsOfDays(), _planned ??= New());
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var days = planned.Path(path);
            for (var day = 0; day < days.Length; day++)
            {
                foreach (var column in columns[day])
                {
                    into[path * HorizonCalendar.Columns + column] += day > 0 ? days[day] : Nanos.FromForecast(days[0] * restOfToday);
                }
            }
        }

        for (var piece = 0; piece < HorizonCalendar.Columns; piece++)
        {
            ExpectedPlanned[piece] += piece > 0 ? planned.Expected[piece] : Nanos.FromForecast(planned.Expected[0] * restOfToday);
        }
    }

    private static long At(long[]? columns, int path, int piece) => columns is null ? 0 : columns[path * HorizonCalendar.Columns + piece];

    private static long[] New() => new long[JointPaths.Paths * HorizonCalendar.Columns];

    private static void Add(ref long[]? sums, long[]? more)
    {
        if (more is not null)
        {
            Add(sums ??= New(), more);
        }
    }

    private static void Add(long[] sums, long[] more)
    {
        for (var i = 0; i < more.Length; i++)
        {
            sums[i] += more[i];
        }
    }

    /// <param name="first">Of the pieces, up to <paramref name="end"/>, which is not one of them.</param>
    /// <param name="rest">What part of them is left, 0 to 1.</param>
    private void Add(SegmentPaths segment, SegmentLayers layers, int first, int end, double rest)
    {
        if (segment.Forecast.Outlook is null && layers.Refused is null)
        {
            return;
        }

        long[] ofControl = layers.IsNone ? [] : _control ??= New(), ofResilience = layers.IsNone ? [] : _resilience ??= New();

        // As many amounts as there are paths are never beyond 128 bits.
        Span<Int128> control = stackalloc Int128[HorizonCalendar.Columns];
        Span<Int128> resilience = stackalloc Int128[HorizonCalendar.Columns];
        control.Clear();
        resilience.Clear();
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            for (var piece = first; piece < end; piece++)
            {
                var (nanos, at) = (segment.Rest(path, piece, rest), path * HorizonCalendar.Columns + piece);
                _cost[at] += nanos;
                if (layers.IsNone)
                {
                    continue;
                }

                var split = layers.Split(path, piece, nanos, rest);
                ofControl[at] += split.Control;
                ofResilience[at] += split.Resilience;
                control[piece] = unchecked(control[piece] + split.Control);
                resilience[piece] = unchecked(resilience[piece] + split.Resilience);
            }
        }

        for (var piece = first; piece < end; piece++)
        {
            ExpectedCost[piece] += piece > 0 ? segment.Expected[piece] : Nanos.FromForecast(segment.Expected[0] * rest);
            ExpectedControl[piece] += Nanos.Mean(control[piece], JointPaths.Paths);
            ExpectedResilience[piece] += Nanos.Mean(resilience[piece], JointPaths.Paths);
        }
    }
}
