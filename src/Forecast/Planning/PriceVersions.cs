using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Forecast.Planning;

/// <summary>
/// All versions of the book's prices, those to come among them: what calls cost at one moment, beside what the same calls cost at another. Prices for every region only, by the tier that plans are priced by
/// (<see cref="PlanPrices.RowOf"/>): in the scheduled lane that of the routing policy in force, else the standard one.
/// </summary>
internal sealed class PriceVersions
{
    /// <summary>Of a book that is not known.</summary>
    public static readonly PriceVersions Unknown = new([], ModelNames.None, ScheduledRoute.Unknown) { IsKnown = false };

    private readonly ILookup<(string Provider, string Model), PriceRow> _rows;
    private readonly ModelNames _names;
    private readonly ScheduledRoute _scheduled;
    private readonly ConcurrentDictionary<(string Provider, string Model, bool IsScheduled), PriceTimeline> _timelines = [];
    private readonly DateTimeOffset[] _begins;

    public PriceVersions(IEnumerable<PriceRow> versions, ModelNames names, ScheduledRoute scheduled)
    {
        _rows = versions.Where(row => row.Region.Length == 0).ToLookup(row => (row.Provider, row.Model));
        (_names, _scheduled) = (names, scheduled);
        Changed = [.. Names().Distinct().Where(route => Of(route.Provider, route.Model, "").Changes || Of(route.Provider, route.Model, ScheduledRoute.Lane).Changes).Order()];
        PriceTimeline[] timelines = [.. Changed.SelectMany(route => new[] { Of(route.Provider, route.Model, ""), Of(route.Provider, route.Model, ScheduledRoute.Lane) })];
        _begins = [.. timelines.SelectMany(timeline => timeline.Begins).Order()];
        Digest = Changed.Count == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Changed.Zip(timelines.Chunk(2), (route, both) => $"{route} {both[0]} {both[1]}")))));
    }

    public bool IsKnown { get; private init; } = true;

    /// <summary>Names that calls may be recorded under whose price changed once or more, or is to.</summary>
    public IReadOnlyList<(string Provider, string Model)> Changed { get; }

    /// <summary>Names all that may change what calls cost; empty where nothing does.</summary>
    public string Digest { get; }

    /// <summary>How many of the changes have begun: with <see cref="Digest"/> it names the prices of a moment.</summary>
    public int BegunAt(DateTimeOffset moment) => _begins.Count(begins => begins <= moment);

    public PriceTimeline Of(string provider, string model, string lane) =>
        _timelines.GetOrAdd((provider, model, lane == ScheduledRoute.Lane), route => TimelineOf(route.Provider, route.Model, route.IsScheduled));

    /// <summary>Of what a plan names, as <see cref="PlanPrices.Of"/> prices it; null where no provider is named, and not one alone has a price of the model.</summary>
    public PriceTimeline? OfPlan(string provider, string model, string lane)
    {
        var by = provider.Length > 0 ? provider : Providers(model) is [var only] ? only : null;
        if (by is null)
        {
            return null;
        }

        return lane == ScheduledRoute.Lane && _scheduled.IsKnown && _scheduled.Of(by, model, _names.ModelOf(by, model)) is { } route
            ? Of(route.Provider, route.Model, lane)
            : Of(by, model, lane);
    }

    private string[] Providers(string model) =>
        [.. _rows.Select(row => row.Key).Where(key => key.Model == model || _names.NamesOf(key.Provider, key.Model).Contains(model)).Select(key => key.Provider).Distinct().Take(2)];

    private IEnumerable<(string Provider, string Model)> Names()
    {
        // Most prices of a book have one version and no other name that could have had another price.
        foreach (var own in _rows)
        {
            foreach (var name in _names.NamesOf(own.Key.Provider, own.Key.Model).Prepend(own.Key.Model))
            {
                if (own.Skip(1).Any() || name != own.Key.Model)
                {
                    yield return (own.Key.Provider, name);
                }
            }
        }
    }

    private PriceTimeline TimelineOf(string provider, string model, bool isScheduled)
    {
        var named = _names.ModelOf(provider, model);
        PriceRow[] own = [.. _rows[(provider, model)]];
        PriceRow[] meant = named == model ? [] : [.. _rows[(provider, named)]];

        // A tier that gets a price for the first time is no new price of what was served at another.
        var asked = isScheduled ? _scheduled.TierOf(provider, model, named) : Price.StandardTier;
        var tier = own.Concat(meant).Any(row => PlanBook.TierOf(row) == asked) ? asked : Price.StandardTier;
        var versions = new List<PriceVersion>();
        foreach (var begins in own.Concat(meant).Select(FromOf).Distinct().Order())
        {
            if ((InForce(own, tier, begins) ?? InForce(meant, tier, begins)) is { } row && (versions.Count == 0 || versions[^1].PriceId != row.PriceId))
            {
                versions.Add(new PriceVersion(begins, row.PriceId, PlanPrices.PriceOf(row), row.SetBy));
            }
        }

        return new PriceTimeline(versions);
    }

    private static PriceRow? InForce(PriceRow[] rows, string tier, DateTimeOffset moment) => rows
        .Where(row => PlanBook.TierOf(row) == tier && FromOf(row) <= moment && (row.EffectiveTo is null || row.EffectiveTo.ToDateTimeOffset() > moment)).MaxBy(FromOf);

    private static DateTimeOffset FromOf(PriceRow row) => row.EffectiveFrom?.ToDateTimeOffset() ?? DateTimeOffset.MinValue;
}

/// <summary>A version of a route's price.</summary>
/// <param name="SetBy">Key id; empty where it came with the platform.</param>
internal sealed record PriceVersion(DateTimeOffset From, long PriceId, Price Price, string SetBy)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PriceId} {From.UtcTicks}");
}

/// <summary>A route's prices one after the other. The first counts for the time before it as well: the book says nothing of that, and what was paid then is no reason to expect another change.</summary>
internal sealed class PriceTimeline(IReadOnlyList<PriceVersion> versions)
{
    public bool Changes => versions.Count > 1;

    /// <summary>All but the first.</summary>
    public IEnumerable<PriceVersion> Later => versions.Skip(1);

    /// <summary>When each of them begins.</summary>
    public IEnumerable<DateTimeOffset> Begins => Later.Select(version => version.From);

    /// <summary>What the calls cost at a moment's price; null where the book has none.</summary>
    public double? At(DateTimeOffset moment, MeanCall call) => At(moment, price => call.CostAt(price));

    /// <summary>The mean over a span of time; null where the book has none.</summary>
    /// <param name="to">Exclusive, later than <paramref name="from"/>.</param>
    public double? Over(DateTimeOffset from, DateTimeOffset to, MeanCall call) => Over(from, to, price => call.CostAt(price));

    /// <param name="cost">Of the calls, by a price.</param>
    public double? Over(DateTimeOffset from, DateTimeOffset to, Func<Price, double> cost)
    {
        var (sum, at) = (0.0, from);
        foreach (var begins in Begins.Where(begins => begins > from && begins < to))
        {
            sum += At(at, cost)!.Value * ((begins - at) / (to - from));
            at = begins;
        }

        return at == from ? At(from, cost) : sum + At(at, cost)!.Value * ((to - at) / (to - from));
    }

    private double? At(DateTimeOffset moment, Func<Price, double> cost) => versions.Count == 0 ? null : cost((versions.LastOrDefault(version => version.From <= moment) ?? versions[0]).Price);

    public override string ToString() => string.Join(", ", versions);
}
