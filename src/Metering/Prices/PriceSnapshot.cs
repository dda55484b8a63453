using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Prices;

/// <summary>Another name of a model, such as a dated snapshot.</summary>
/// <param name="RecordedAt">Since when it stands for this model.</param>
internal sealed record PriceAliasRow(string Provider, string Alias, string Model, string Source, DateTimeOffset RecordedAt)
{
    /// <summary>The models that it stood for before.</summary>
    public IReadOnlyList<string> PastModels { get; init; } = [];

    /// <summary>True for a model that it stands for, or stood for once.</summary>
    public bool EverStoodFor(string model) => Model == model || PastModels.Contains(model);

    public PriceAlias ToContract() => new() { Provider = Provider, Alias = Alias, Model = Model, Source = Source };
}

/// <summary>All versions of all prices at one revision of the book. Immutable, so that a batch is rated by one book.</summary>
internal sealed class PriceSnapshot
{
    private readonly Dictionary<long, PriceVersion> _byId;
    private readonly ILookup<PriceSubject, PriceVersion> _bySubject;
    private readonly HashSet<(string Provider, string Model)> _priced;
    private readonly Dictionary<(string Provider, string Alias), PriceAliasRow> _aliases;
    private Tuple<string, PriceSnapshot>? _only;

    public PriceSnapshot(long revision, IReadOnlyList<PriceVersion> versions, IReadOnlyList<PriceAliasRow> aliases)
    {
        Revision = revision;
        Versions = versions;
        Aliases = aliases;
        _byId = versions.ToDictionary(version => version.Price.PriceId);
        _bySubject = versions.ToLookup(version => version.Subject);
        _priced = [.. versions.Select(version => (version.Price.Provider, version.Price.Model))];
        _aliases = aliases.ToDictionary(alias => (alias.Provider, alias.Alias));
    }

    /// <summary>Grows with every change of the book.</summary>
    public long Revision { get; }

    public IReadOnlyList<PriceVersion> Versions { get; }

    public IReadOnlyList<PriceAliasRow> Aliases { get; }

    /// <summary>
    /// The price to rate an attempt at: the version of its intent where it names one, else the one in force when it was sent. Null: there is none, so
    /// the usage is unpriced. An unknown id is not replaced by a guess, and no price of another tier is taken; one for every region serves a region without. Where the name
    /// has no price of its own in force, that of the model that it stands for is: the gateway's table answers alike.
    /// </summary>
    /// <param name="priceId">0 when the attempt names none.</param>
    public PriceVersion? Find(long priceId, PriceSubject subject, DateTimeOffset occurredAt)
    {
        if (priceId != 0)
        {
            return _byId.GetValueOrDefault(priceId);
        }

        return Named(subject) ?? (subject.Region.Length > 0 ? Named(subject with { Region = "" }) : null);

        PriceVersion? Named(PriceSubject exact) => InForce(exact, occurredAt) ?? (ModelOf(exact) is { } model ? InForce(model, occurredAt) : null);
    }

    /// <summary>
    /// The book as an organisation of this currency has it: a price in another one is none, neither to rate, fund or plan by nor as the one before. Nothing is copied where all are in it, and once a book where not.
    /// </summary>
    public PriceSnapshot In(string currency)
    {
        if (_only is not { } only || only.Item1 != currency)
        {
            var versions = Versions.Where(version => version.Price.Currency == currency).ToList();
            _only = only = Tuple.Create(currency, versions.Count == Versions.Count ? this : new PriceSnapshot(Revision, versions, Aliases));
        }

        return only.Item2;
    }

    /// <summary>A version; null for an id that there is not.</summary>
    public PriceVersion? ById(long priceId) => _byId.GetValueOrDefault(priceId);

    /// <summary>The model and every name that stands for it, or stood for it once: under any of them usage may have been rated at its prices.</summary>
    public string[] NamesOf(string provider, string model) =>
        [model, .. Aliases.Where(alias => alias.Provider == provider && alias.EverStoodFor(model)).Select(alias => alias.Alias)];

    /// <summary>
    /// The first version that a subject ever had, or, without one of its region, that of every region; null when there is none. Of a name that stands for a model it is the model's, and the name's own
    /// only where that has none: one that came beside a model's prices is not the first.
    /// </summary>
    public PriceVersion? FirstFor(PriceSubject subject)
    {
        return (ModelOf(subject) is { } model ? First(model) : null) ?? First(subject);

        PriceVersion? First(PriceSubject named) => VersionsOf(named).FirstOrDefault() ?? VersionsOf(named with { Region = "" }).FirstOrDefault();
    }

    public bool HasOwnPrice(string provider, string model) => _priced.Contains((provider, model));

    /// <summary>The versions of a subject that are, were or will be in force, oldest first.</summary>
    public IEnumerable<PriceVersion> VersionsOf(PriceSubject subject) => _bySubject[subject].Where(version => !version.IsSuperseded).OrderBy(version => version.EffectiveFrom);

    /// <summary>True for one that came from the very moment from which another one was.</summary>
    public bool Supersedes(PriceVersion version) => _bySubject[version.Subject].Any(other => other.IsSuperseded && other.EffectiveFrom == version.EffectiveFrom && other.Price.PriceId != version.Price.PriceId);

    /// <summary>
    /// Whether a version that came late may correct what has been rated at another one. Not where the name stands for the version's model only since later: what it was rated at as another one's name stays
    /// (docs/decisions/0219).
    /// </summary>
    /// <param name="ratedAt">The version that it was last rated at.</param>
    /// <param name="pricedAt">When the usage occurred; of a correction, when its record did: whose the name is then, both are.</param>
    public bool MayTakeOver(PriceVersion version, long ratedAt, PriceSubject subject, DateTimeOffset pricedAt) =>
        subject.Model == version.Price.Model
        || (_aliases.TryGetValue((subject.Provider, subject.Model), out var alias) && alias.RecordedAt <= pricedAt)
        || ById(ratedAt)?.Price.Model == version.Price.Model;

    /// <summary>
    /// What usage belongs to that was rated at a model's price under a name that stands for another one only since later: that model. Null for all else, and where the name has a price of its own in force.
    /// </summary>
    /// <param name="ratedAt">The version that it was last rated at.</param>
    /// <param name="pricedAt">As in <see cref="MayTakeOver"/>.</param>
    public PriceSubject? KeptBy(long ratedAt, PriceSubject subject, DateTimeOffset pricedAt) =>
        ById(ratedAt)?.Price is { } price && price.Provider == subject.Provider && price.Model != subject.Model
        && _aliases.TryGetValue((subject.Provider, subject.Model), out var alias) && alias.Model != price.Model && alias.RecordedAt > pricedAt
        && InForce(subject, pricedAt) is null && InForce(subject with { Region = "" }, pricedAt) is null
            ? subject with { Model = price.Model }
            : null;

    /// <summary>Rows in force, by provider, model, tier and region.</summary>
    public IEnumerable<PriceVersion> InForceAt(DateTimeOffset moment) => Ordered(Versions.Where(version => version.IsInForceAt(moment)));

    /// <summary>By provider, model, tier, region and beginning, of one beginning as they came.</summary>
    public static IEnumerable<PriceVersion> Ordered(IEnumerable<PriceVersion> versions) => versions
        .OrderBy(version => version.Price.Provider, StringComparer.Ordinal)
        .ThenBy(version => version.Price.Model, StringComparer.Ordinal)
        .ThenBy(version => version.Price.Tier, StringComparer.Ordinal)
        .ThenBy(version => version.Price.Region, StringComparer.Ordinal)
        .ThenBy(version => version.EffectiveFrom)
        .ThenBy(version => version.Price.PriceId);

    /// <summary>
    /// A number that grows whenever the rows in force change: with the book, and with each version that comes into force by the passing of time. A
    /// version only ever ends where another of its currency begins, so beginnings are all there is to count.
    /// </summary>
    public long RevisionInForceAt(DateTimeOffset moment) => Revision + Versions.Count(version => version.EffectiveFrom <= moment);

    private PriceVersion? InForce(PriceSubject exact, DateTimeOffset moment) => _bySubject[exact].FirstOrDefault(version => version.IsInForceAt(moment));

    /// <summary>The same of the model that the name stands for; null for none.</summary>
    private PriceSubject? ModelOf(PriceSubject subject) =>
        _aliases.TryGetValue((subject.Provider, subject.Model), out var alias) ? subject with { Model = alias.Model } : null;
}
