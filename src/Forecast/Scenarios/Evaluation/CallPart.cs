namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>What a part's level is a multiple of.</summary>
internal enum AmountOf
{
    /// <summary>The share that a route has of what the segment (or the plan item) costs.</summary>
    Route,

    /// <summary>What routing saved, once it comes back.</summary>
    Saved,

    /// <summary>What was refused, once it comes back.</summary>
    Refused,

    /// <summary>What routing would have saved of what was refused, once both come back.</summary>
    SavedOfRefused,
}

/// <summary>Some of a segment's or a plan item's calls as a scenario has them, by where they run: an amount of today, and by step the multiple of it that they cost.</summary>
/// <param name="Use">Whose share the amount is, and whose calls they are like; place among the mix's uses.</param>
internal sealed class CallPart(AmountOf amount, int use, RouteUse calls, string provider, string model, string lane, double[] level)
{
    public AmountOf Amount => amount;

    public int Use => use;

    public RouteUse Calls => calls;

    public string Provider => provider;

    public string Model => model;

    public string Lane => lane;

    /// <summary>The route that it runs on, with the calls that it is of: whose price a ratio is of.</summary>
    public RouteUse Now => calls with { Provider = provider, Model = model };

    public double[] Level { get; } = level;

    /// <summary>By step, the level without what the scenario's changes of prices made of it: what a price elsewhere is a ratio to.</summary>
    public double[] BeforePrices { get; } = [.. level];

    /// <summary>By step, the level without any change, where prices that the book has for later make it another than 1; null: they make none.</summary>
    public double[]? Unchanged { get; init; }

    /// <summary>The level, with what prices make of the parts beside each other taken out: parts of a segment that nothing changes are all of it.</summary>
    public double[] Told => Unchanged is null ? Level : [.. Level.Zip(Unchanged, (level, before) => level - before + 1)];
}

/// <summary>What a change adds to (or takes from) an amount, by step, as a multiple of it.</summary>
/// <param name="Change">Its place in the scenario.</param>
internal sealed record Increment(int Change, AmountOf Amount, int Use, double[] BySteps);
