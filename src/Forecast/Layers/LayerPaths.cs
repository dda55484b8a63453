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
    private readonly long[] _control = new long[JointPaths.Paths * HorizonCalendar.Columns];
    private readonly long[] _resilience = new long[JointPaths.Paths * HorizonCalendar.Columns];
    private readonly long[] _planned = new long[JointPaths.Paths * HorizonCalendar.Columns];

    /// <summary>By piece; the mean of each segment rounded, then added.</summary>
    public long[] ExpectedCost { get; } = new long[HorizonCalendar.Columns];

    public long[] ExpectedControl { get; } = new long[HorizonCalendar.Columns];

    public long[] ExpectedResilience { get; } = new long[HorizonCalendar.Columns];

    public long[] ExpectedPlanned { get; } = new long[HorizonCalendar.Columns];

    public long Cost(int path, int piece) => _cost[path * HorizonCalendar.Columns + piece];

    public long Control(int path, int piece) => _control[path * HorizonCalendar.Columns + piece];

    public long Resilience(int path, int piece) => _resilience[path * HorizonCalendar.Columns + piece];

    /// <summary>On top of what the segments cost.</summary>
    public long Planned(int path, int piece) => _planned[path * HorizonCalendar.Columns + piece];

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

    /// <summary>With what is left of today.</summary>
    public LayerPaths WithToday(IReadOnlyList<SegmentPaths> segments, IReadOnlyList<SegmentLayers> layers, double restOfToday)
    {
        var sum = new LayerPaths();
        sum.Add(this);
        for (var i = 0; i < segments.Count; i++)
        {
            sum.Add(segments[i], layers[i], 0, 1, restOfToday);
        }

        return sum;
    }

    public void Add(LayerPaths other)
    {
        Add(_cost, other._cost);
        Add(_control, other._control);
        Add(_resilience, other._resilience);
        Add(_planned, other._planned);
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
            ChangedLayer.Control => (_control, ExpectedControl),
            ChangedLayer.Resilience => (_resilience, ExpectedResilience),
            ChangedLayer.Planned => (_planned, ExpectedPlanned),
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
        var columns = calendar.ColumnsOfDays();
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var days = planned.Path(path);
            for (var day = 0; day < days.Length; day++)
            {
                foreach (var column in columns[day])
                {
                    _planned[path * HorizonCalendar.Columns + column] += day > 0 ? days[day] : Nanos.FromForecast(days[0] * restOfToday);
                }
            }
        }

        for (var piece = 0; piece < HorizonCalendar.Columns; piece++)
        {
            ExpectedPlanned[piece] += piece > 0 ? planned.Expected[piece] : Nanos.FromForecast(planned.Expected[0] * restOfToday);
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
                _control[at] += split.Control;
                _resilience[at] += split.Resilience;
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
