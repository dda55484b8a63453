using Platform.Forecast.Projection;

namespace Platform.Forecast.Segments;

/// <summary>A segment's joint futures by column of <see cref="HorizonCalendar"/>, in whole nano-units: everything that is told of it and of what it is part of is a sum of these.</summary>
internal sealed class SegmentPaths(SegmentForecast forecast, int paths)
{
    private readonly long[] _columns = new long[paths * HorizonCalendar.Columns];

    public SegmentForecast Forecast => forecast;

    public SegmentKey Key => forecast.Key;

    /// <summary>What its own normals are drawn from.</summary>
    public string SeedName { get; } = forecast.Key.SeedName;

    public int Count => paths;

    /// <summary>By piece, what the whole of it is expected to cost: the mean of all paths.</summary>
    public long[] Expected { get; } = new long[HorizonCalendar.Columns];

    /// <summary>By piece, the part of <see cref="Expected"/> that more or fewer tokens a call than in the level's weeks make.</summary>
    public long[] ExpectedOfTokens { get; } = new long[HorizonCalendar.Columns];

    /// <summary>By piece, the part that a dearer or cheaper token makes: by the trend, and by prices of the book that begin later.</summary>
    public long[] ExpectedOfPrice { get; } = new long[HorizonCalendar.Columns];

    /// <summary>What a path costs in a piece; the whole of today in piece 0.</summary>
    public long this[int path, int piece] => _columns[path * HorizonCalendar.Columns + piece];

    /// <summary>What is left of today, or the whole of a later piece.</summary>
    public long Rest(int path, int piece, double restOfToday) => piece > 0 ? this[path, piece] : Nanos.FromForecast(this[path, 0] * restOfToday);

    /// <summary>All columns of a path.</summary>
    public Span<long> Path(int path) => _columns.AsSpan(path * HorizonCalendar.Columns, HorizonCalendar.Columns);

    /// <summary>
    /// Works the expected figures out, once all paths are drawn. Cost = calls × tokens a call × price of a token, where the last two follow their own trends as far as the past shows them: what they
    /// have become by then is divided out again, the price first, and what is left is calls.
    /// </summary>
    /// <param name="weeks">By piece, how long the trends have run.</param>
    public void Settle(double[] weeks, HorizonCalendar calendar)
    {
        var prices = TodaysPrices.ByColumn(forecast, calendar);
        for (var piece = 0; piece < HorizonCalendar.Columns; piece++)
        {
            var sum = Int128.Zero;
            for (var path = 0; path < paths; path++)
            {
                sum = unchecked(sum + this[path, piece]);
            }

            Expected[piece] = Nanos.Mean(sum, paths);
            var atOldPrice = Nanos.FromForecast(Expected[piece] / (prices?[piece] ?? 1) * Math.Exp(-forecast.PricePerToken.Slope * weeks[piece]));
            ExpectedOfPrice[piece] = Expected[piece] - atOldPrice;
            ExpectedOfTokens[piece] = atOldPrice - Nanos.FromForecast(atOldPrice * Math.Exp(-forecast.TokensPerCall.Slope * weeks[piece]));
        }
    }
}
