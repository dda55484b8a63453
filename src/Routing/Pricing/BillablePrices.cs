using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Pricing;

/// <summary>At what an attempt is billed.</summary>
/// <param name="Region">As the record names it: the book may have one price for every region.</param>
/// <param name="Price">Null: the book has no price of the tier.</param>
internal readonly record struct TierBill(string Tier, string Region, Price? Price);

/// <summary>
/// What a provider may bill an attempt at: the target's tier and region, and those that it may serve instead. Enough is set aside for the dearest of them; the record has what the answer tells.
/// By one revision of the book, which the attempt keeps.
/// </summary>
internal sealed class BillablePrices
{
    private readonly PriceTable? _book;
    private readonly RouteTarget? _target;
    private readonly Price? _standard;
    private readonly Price? _flex;
    private readonly IReadOnlyList<Price> _regional = [];

    /// <param name="price">The only one.</param>
    public BillablePrices(Price price) => (Asked, Region) = (price, price.Region);

    private BillablePrices(PriceTable book, RouteTarget target, Price price, string region, bool passesFlex)
    {
        (_book, _target, Asked, Region) = (book, target, price, region);
        _flex = passesFlex ? Find(ServiceTiers.Flex, region) : null;
        _standard = (passesFlex || ServiceTiers.MayBecomeStandard(target.ServiceTier)) && price.Tier != Price.StandardTier ? Find(Price.StandardTier, region) : null;
        _regional = TellsRegion ? book.RegionalOf(target.Provider.Name, target.Model) : [];
    }

    /// <summary>The region that is asked for, as records name it: the caller's, else the target's; empty for none.</summary>
    public string Region { get; }

    /// <summary>At the target's tier: what it will most probably be.</summary>
    public Price Asked { get; }

    /// <summary>At the tier that the request asks for, the caller's flex where it is passed on: what a call that was not made would have cost, as far as anybody knows.</summary>
    public Price Sought => _flex ?? Asked;

    /// <summary>For a request, by what it asks for.</summary>
    public static BillablePrices? TryFind(PriceTable? book, RouteTarget target, CallRequest request) => TryFind(book, target, request.AsksFlex, request.AskedRegion);

    /// <summary>
    /// Null when the book has no price of the target's tier, or of the tier or region that the caller asks for and may get there: nothing is sent whose price is not known.
    /// </summary>
    /// <param name="asksFlex">The caller asks for flex, which is passed on where the target asks for no tier of its own.</param>
    /// <param name="askedRegion">The caller's region, of which Anthropic's interface alone is known to heed it; empty for every region, null when none is named.</param>
    public static BillablePrices? TryFind(PriceTable? book, RouteTarget target, bool asksFlex, string? askedRegion = null)
    {
        var isHeeded = target.Provider.Kind == ProviderKind.Anthropic;
        var region = askedRegion switch
        {
            null => target.Region,
            "" => isHeeded && target.Region == InferenceRegions.Us ? "" : target.Region,
            _ => askedRegion,
        };
        var price = askedRegion is { Length: > 0 }
            ? isHeeded ? book?.FindIn(target.Provider.Name, target.Model, target.ServiceTier, region) : null
            : book?.Find(target.Provider.Name, target.Model, target.ServiceTier, region);
        if (price is null)
        {
            return null;
        }

        var passesFlex = asksFlex && ServiceTiers.AskedOf(target).Length == 0;
        var prices = new BillablePrices(book!, target, price, region, passesFlex);
        return passesFlex && prices._flex is null ? null : prices;
    }

    /// <summary>The most that an attempt can cost, at the dearest of its tiers and regions (<see cref="Rater.UpperBound"/>).</summary>
    public long UpperBound(long maxInputTokens, long maxOutputTokens)
    {
        var most = Rater.UpperBound(Asked, maxInputTokens, maxOutputTokens);
        most = _standard is null ? most : Math.Max(most, Rater.UpperBound(_standard, maxInputTokens, maxOutputTokens));
        most = _flex is null ? most : Math.Max(most, Rater.UpperBound(_flex, maxInputTokens, maxOutputTokens));
        for (var i = 0; i < _regional.Count; i++)
        {
            most = MayBeBilled(_regional[i]) ? Math.Max(most, Rater.UpperBound(_regional[i], maxInputTokens, maxOutputTokens)) : most;
        }

        return most;
    }

    /// <summary>
    /// What the usage is billed at. An answer that tells no tier is taken for the dearest that it can be: a provider that does not know the request's field bills as ever. "Standard" of a target
    /// that goes by an own price's name is that price. A tier without a price has none, and no other is taken instead. A region that is told and has prices of its own is billed by those.
    /// </summary>
    public TierBill BillOf(in CallUsage usage)
    {
        var tier = usage.Tier switch
        {
            null => Dearest(usage).Tier,
            Price.StandardTier when _target is null || !ServiceTiers.MayBecomeStandard(_target.ServiceTier) => Asked.Tier,
            var told => told,
        };
        var region = RegionOf(tier, usage.Region);
        return new TierBill(tier, region, tier == Asked.Tier && region == Region ? Asked : Find(tier, region));
    }

    /// <summary>The answers of messages alone tell where they were made.</summary>
    private bool TellsRegion => _target is not null && _target.Shapes.HasFlag(ShapeKinds.Messages);

    /// <summary>
    /// The region that an answer tells, where the book has its price; else the one that was asked for. "Global" of a target that goes by an own price's region is that price: which word means what there,
    /// the policy says. So it is at every region of others than Anthropic, whose word it is.
    /// </summary>
    private string RegionOf(string tier, string? told) =>
        told is not null && told != Region && TellsRegion && (told.Length > 0 || (Region == InferenceRegions.Us && _target!.Provider.Kind == ProviderKind.Anthropic))
        && _book!.FindIn(_target!.Provider.Name, _target.Model, tier, told) is not null ? told : Region;

    private bool MayBeBilled(Price price) => (price.Tier == Asked.Tier || price.Tier == _standard?.Tier || price.Tier == _flex?.Tier) && RegionOf(price.Tier, price.Region) == price.Region;

    private Price Dearest(in CallUsage usage)
    {
        if (_standard is null && _flex is null)
        {
            return Asked;
        }

        var dearest = Asked;
        foreach (var price in (ReadOnlySpan<Price?>)[_standard, _flex])
        {
            dearest = price is not null && Rater.Rate(price, usage.ToCounts(price)).TotalNanos > Rater.Rate(dearest, usage.ToCounts(dearest)).TotalNanos ? price : dearest;
        }

        return dearest;
    }

    private Price? Find(string tier, string region) => _target is null ? null : _book?.Find(_target.Provider.Name, _target.Model, tier, region);
}
