namespace Platform.Metering.Prices;

/// <summary>All versions of all prices at one revision of the book. Immutable, so that a batch is rated by one book.</summary>
internal sealed class PriceSnapshot
{
    private readonly Dictionary<long, PriceVersion> _byId;
    private readonly ILookup<(string Provider, string Model), PriceVersion> _byModel;

    public PriceSnapshot(long revision, IReadOnlyList<PriceVersion> versions)
    {
        Revision = revision;
        Versions = versions;
        _byId = versions.ToDictionary(version => version.Price.PriceId);
        _byModel = versions.ToLookup(version => (version.Price.Provider, version.Price.Model));
    }

    /// <summary>Grows with every change of the book.</summary>
    public long Revision { get; }

    public IReadOnlyList<PriceVersion> Versions { get; }

    /// <summary>
    /// The price to rate an attempt at: the version of its intent where it names one, else the one in force when it was sent. Null: there is none, so
    /// the usage is unpriced. An unknown id is not replaced by a guess.
    /// </summary>
    /// <param name="priceId">0 when the attempt names none.</param>
    public PriceVersion? Find(long priceId, string provider, string model, DateTimeOffset occurredAt) => priceId != 0
        ? _byId.GetValueOrDefault(priceId)
        : _byModel[(provider, model)].FirstOrDefault(version => version.IsInForceAt(occurredAt));

    /// <summary>Rows in force, by provider and model.</summary>
    public IEnumerable<PriceVersion> InForceAt(DateTimeOffset moment) => Versions
        .Where(version => version.IsInForceAt(moment))
        .OrderBy(version => version.Price.Provider, StringComparer.Ordinal)
        .ThenBy(version => version.Price.Model, StringComparer.Ordinal);

    /// <summary>
    /// A number that grows whenever the rows in force change: with the book, and with each version that comes into force by the passing of time. A
    /// version only ever ends where another begins, so beginnings are all there is to count.
    /// </summary>
    public long RevisionInForceAt(DateTimeOffset moment) => Revision + Versions.Count(version => version.EffectiveFrom <= moment);
}
