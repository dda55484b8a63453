using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Pricing;

/// <summary>At what an attempt is billed.</summary>
/// <param name="Price">Null: the book has no price of the tier.</param>
internal readonly record struct TierBill(string Tier, Price? Price)
{
    public static TierBill Of(Price price) => new(price.Tier, price);
}

/// <summary>
/// What a provider may bill an attempt at: the target's tier, and those that it may serve instead. Enough is set aside for the dearest of them; the record has the one that the answer tells.
/// By one revision of the book, which the attempt keeps.
/// </summary>
internal sealed class BillablePrices
{
    private readonly PriceTable? _book;
    private readonly RouteTarget? _target;
    private readonly Price? _standard;
    private readonly Price? _flex;

    /// <param name="price">The only one.</param>
    public BillablePrices(Price price) => Asked = price;

    private BillablePrices(PriceTable book, RouteTarget target, Price price, bool passesFlex)
        : this(price)
    {
        (_book, _target) = (book, target);
        _flex = passesFlex ? Find(ServiceTiers.Flex) : null;
        _standard = (passesFlex || ServiceTiers.MayBecomeStandard(target.ServiceTier)) && price.Tier != Price.StandardTier ? Find(Price.StandardTier) : null;
    }

    /// <summary>At the target's tier: what it will most probably be.</summary>
    public Price Asked { get; }

    /// <summary>At the tier that the request asks for, the caller's flex where it is passed on: what a call that was not made would have cost, as far as anybody knows.</summary>
    public Price Sought => _flex ?? Asked;

    /// <summary>Null when the book has no price of the target's tier, or of the one that the caller asks for and may get there: nothing is sent whose price is not known.</summary>
    /// <param name="asksFlex">The caller asks for flex, which is passed on where the target asks for no tier of its own.</param>
    public static BillablePrices? TryFind(PriceTable? book, RouteTarget target, bool asksFlex)
    {
        if (book?.Find(target.Provider.Name, target.Model, target.ServiceTier, target.Region) is not { } price)
        {
            return null;
        }

        var passesFlex = asksFlex && ServiceTiers.AskedOf(target).Length == 0;
        var prices = new BillablePrices(book, target, price, passesFlex);
        return passesFlex && prices._flex is null ? null : prices;
    }

    /// <summary>The most that an attempt can cost, at the dearest of its tiers (<see cref="Rater.UpperBound"/>).</summary>
    public long UpperBound(long maxInputTokens, long maxOutputTokens)
    {
        var most = Rater.UpperBound(Asked, maxInputTokens, maxOutputTokens);
        most = _standard is null ? most : Math.Max(most, Rater.UpperBound(_standard, maxInputTokens, maxOutputTokens));
        return _flex is null ? most : Math.Max(most, Rater.UpperBound(_flex, maxInputTokens, maxOutputTokens));
    }

    /// <summary>
    /// What the usage is billed at. An answer that tells no tier is taken for the dearest that it can be: a provider that does not know the request's field bills as ever. "Standard" of a target
    /// that goes by an own price's name is that price. A tier without a price has none, and no other is taken instead.
    /// </summary>
    public TierBill BillOf(in CallUsage usage) => usage.Tier switch
    {
        null => TierBill.Of(Dearest(usage)),
        Price.StandardTier => _target is not null && ServiceTiers.MayBecomeStandard(_target.ServiceTier) ? new TierBill(Price.StandardTier, _standard) : TierBill.Of(Asked),
        var tier => new TierBill(tier, tier == Asked.Tier ? Asked : Find(tier)),
    };

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

    private Price? Find(string tier) => _target is null ? null : _book?.Find(_target.Provider.Name, _target.Model, tier, _target.Region);
}
