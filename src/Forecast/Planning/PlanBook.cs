using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Forecast.Planning;

/// <summary>The prices in force, and what the scheduled lane is served by.</summary>
internal sealed record PlanBook(IReadOnlyList<PriceRow> Rows, ScheduledRoute Scheduled)
{
    /// <summary>For plans without an item: nobody is asked.</summary>
    public static readonly PlanBook Empty = new([], ScheduledRoute.Unknown);

    // A list of some thousand prices is asked for each route of each segment.
    private readonly ILookup<string, PriceRow> _byModel = Rows.ToLookup(row => row.Model, StringComparer.Ordinal);

    public ModelNames Names { get; init; } = ModelNames.None;

    /// <summary>Those that begin later, but for what was superseded before it began.</summary>
    public IReadOnlyList<PriceRow> Later { get; init; } = [];

    /// <summary>Those before and those to come beside those in force.</summary>
    public PriceVersions Versions { get; init; } = PriceVersions.Unknown;

    /// <summary>Who has a price of the model, or of what it is another name of, for every region.</summary>
    /// <param name="provider">Empty: whoever.</param>
    public string[] ProvidersOf(string provider, string model) =>
    [
        .. _byModel[model].Concat(Names.Of(model).SelectMany(known => _byModel[known.Model].Where(row => row.Provider == known.Provider)))
            .Where(row => row.Region.Length == 0 && (provider.Length == 0 || row.Provider == provider)).Select(row => row.Provider).Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>The price of a tier for every region: the name's own, else that of the model it stands for; null where neither has one.</summary>
    public PriceRow? Find(string provider, string model, string tier)
    {
        return Own(model) ?? Own(Names.ModelOf(provider, model));

        PriceRow? Own(string name) => _byModel[name].FirstOrDefault(row => row.Provider == provider && row.Region.Length == 0 && TierOf(row) == tier);
    }

    /// <summary>Calls that are recorded under the name are rated by this price, or would be if it were in force.</summary>
    public bool IsPriceOf(string provider, string model, PriceRow price) => price.Provider == provider && (price.Model == model
        || (price.Model == Names.ModelOf(provider, model)
            && !_byModel[model].Any(own => own.Provider == provider && TierOf(own) == TierOf(price) && own.Region == price.Region)));

    public static string TierOf(PriceRow row) => row.Tier.Length > 0 ? row.Tier : Price.StandardTier;
}
