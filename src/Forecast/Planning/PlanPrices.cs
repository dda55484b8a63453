using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Forecast.Organisation;
using Platform.Rating;

namespace Platform.Forecast.Planning;

/// <summary>What a planned call costs; the note says by which price, or why there is none.</summary>
internal readonly record struct PlanPrice(double? NanosPerCall, string Note);

/// <summary>The row of a model's price, or null and a note that says why there is none.</summary>
internal readonly record struct BookRow(PriceRow? Row, string Note);

/// <summary>
/// The price book as plans need it, asked of Metering and kept for some minutes. An answer without it would leave planned demand out in silence, so that a Metering which
/// does not answer makes the call UNAVAILABLE (DEPENDENCY_UNAVAILABLE), unless a book of before is at hand. Beside it stands what Routing says of the scheduled lane; while that is not known its work is
/// priced as any other, which is said.
/// </summary>
internal sealed class PlanPrices(Prices.PricesClient prices, Policies.PoliciesClient policies, TimeProvider time)
{
    private const string Silent = "The Metering service, which has the price book,";
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);
    private volatile Read? _read;

    /// <summary>When Metering was asked for a book in vain.</summary>
    private DateTimeOffset _silentAt = DateTimeOffset.MinValue;

    public Task<PlanBook> ReadAsync(CancellationToken cancellationToken) => ReadAsync(Fresh, cancellationToken);

    /// <summary>As it is now: forecasts keep a book in hand all the time, and who plans may have changed policy or price a moment ago.</summary>
    public Task<PlanBook> ReadNowAsync(CancellationToken cancellationToken) => ReadAsync(TimeSpan.Zero, cancellationToken);

    private async Task<PlanBook> ReadAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_read is { } known && now - known.At < atMost)
        {
            return known.Book;
        }

        try
        {
            var (versions, route, names) = (await ReadVersionsAsync(cancellationToken), await ReadRouteAsync(cancellationToken), await ReadNamesAsync(cancellationToken));
            _read = new Read(now, new PlanBook([.. versions.Where(row => IsInForce(row, now))], route)
            {
                Names = names, Versions = new PriceVersions(versions, names, route), Later = [.. versions.Where(row => IsLater(row, now))],
            });
            return _read.Book;
        }
        catch (RpcException exception) when (_read is not null && exception.StatusCode == StatusCode.Unavailable)
        {
            _silentAt = time.GetUtcNow();
            return _read.Book;
        }
    }

    /// <summary>Every version of every price, asked each time.</summary>
    public async Task<IReadOnlyList<PriceRow>> ReadVersionsAsync(CancellationToken cancellationToken) => await PageRequest.ReadAllAsync<PriceRow>(async token =>
    {
        var request = new ListPricesRequest { AllVersions = true, PageSize = PageRequest.LargestSize, PageToken = token };
        var page = await Ask.ServiceAsync(time, AnswerLimit, Silent, options => prices.ListPricesAsync(request, options), cancellationToken);
        return (page.Prices, page.NextPageToken);
    });

    /// <summary>
    /// Versions for a forecast of what is used, which is less right without them and no less whole: while Metering does not answer they are those of before, or none, and it is asked again after as long
    /// as a book is kept.
    /// </summary>
    public async Task<PriceVersions> VersionsOrKnownAsync(CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - _silentAt < Fresh)
        {
            return _read?.Book.Versions ?? PriceVersions.Unknown;
        }

        try
        {
            return (await ReadAsync(cancellationToken)).Versions;
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            _silentAt = time.GetUtcNow();
            return _read?.Book.Versions ?? PriceVersions.Unknown;
        }
    }

    private static bool IsInForce(PriceRow row, DateTimeOffset moment) =>
        !(row.EffectiveFrom?.ToDateTimeOffset() > moment) && !(row.EffectiveTo?.ToDateTimeOffset() <= moment);

    private static bool IsLater(PriceRow row, DateTimeOffset moment) =>
        row.EffectiveFrom?.ToDateTimeOffset() > moment && !(row.EffectiveTo?.ToDateTimeOffset() <= row.EffectiveFrom.ToDateTimeOffset());

    /// <summary>The price of the item's model; in the scheduled lane of what serves it there.</summary>
    public static PlanPrice Of(PlanRow item, PlanBook book)
    {
        var found = item.Lane == ScheduledRoute.Lane ? Scheduled(item.Provider, item.Model, book) : RowOf(item.Provider, item.Model, item.Lane, book);
        return found.Row is null
            ? new PlanPrice(null, found.Note)
            : new PlanPrice(Rater.Rate(PriceOf(found.Row), new Rating.TokenCounts(item.InputTokens, 0, 0, item.OutputTokens, 0)).TotalNanos, found.Note);
    }

    /// <summary>The price of what the policy serves the model by in the scheduled lane; where it does not say, the model's own.</summary>
    public static BookRow Scheduled(string provider, string model, PlanBook book)
    {
        var own = RowOf(provider, model, ScheduledRoute.Lane, book);
        if (!book.Scheduled.IsKnown)
        {
            return own with { Note = own.Note + (own.Row is null ? "" : "; the routing policy does not answer, so that the lane's own prices are not known") };
        }

        // A name that several providers have stays the author's to make clear.
        return own.Row is { } row && book.Scheduled.Of(row.Provider, model, row.Model) is { } route ? Served(own, route, book)
            : own.Row is null && provider.Length == 0 && book.Scheduled.Of("", model) is { } byName && book.ProvidersOf("", model).Length == 0 ? Served(own, byName, book)
            : own;
    }

    /// <param name="provider">Empty where one provider alone has a price of the model.</param>
    /// <param name="lane">In the scheduled one by the tier at which the policy serves this very model there.</param>
    public static BookRow RowOf(string provider, string model, string lane, PlanBook book)
    {
        var providers = book.ProvidersOf(provider, model);
        if (providers.Length > 1)
        {
            return new BookRow(null, $"{model} has prices of {string.Join(", ", providers)}: name the provider.");
        }

        var row = providers.Length == 0 ? null
            : (lane == ScheduledRoute.Lane ? book.Find(providers[0], model, book.Scheduled.TierOf(providers[0], model, book.Names.ModelOf(providers[0], model))) : null)
            ?? book.Find(providers[0], model, Price.StandardTier);
        return row is null
            ? new BookRow(null, $"There is no price of {(provider.Length > 0 ? provider + " " : "")}{model} in force: kt prices set makes one.")
            : new BookRow(row, $"{row.Provider} {row.Model}{(row.Tier is "" or Price.StandardTier ? "" : $", tier {row.Tier}")}{(row.Model == model ? "" : $", of which {model} is another name")}");
    }

    private static BookRow Served(BookRow own, RoutedTo route, PlanBook book)
    {
        var row = book.Find(route.Provider, route.Model, route.Tier);
        var name = $"{route.Provider} {route.Model}{(route.Tier == Price.StandardTier ? "" : $", tier {route.Tier}")}";
        return row is null
            ? own with { Note = $"{own.Note}; in lane {ScheduledRoute.Lane} the policy serves it by {name}, of which there is no price: kt prices set makes one" }
            : new BookRow(row, $"{name}, by which the policy serves lane {ScheduledRoute.Lane}");
    }

    /// <summary>One that does not answer now may have answered before.</summary>
    private async Task<ScheduledRoute> ReadRouteAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Ask.ServiceAsync(
                time, AnswerLimit, "The Routing service, which has the policy,", options => policies.GetPolicyAsync(new GetPolicyRequest(), options), cancellationToken);
            return new ScheduledRoute(answer.Policy);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
        {
            return _read?.Book.Scheduled ?? ScheduledRoute.Unknown;
        }
    }

    private async Task<ModelNames> ReadNamesAsync(CancellationToken cancellationToken) =>
        new((await Ask.ServiceAsync(time, AnswerLimit, Silent, options => prices.ListAliasesAsync(new ListAliasesRequest(), options), cancellationToken)).Aliases);

    public static Price PriceOf(PriceRow row) => new(
        row.PriceId, row.Provider, row.Model, row.Currency, row.InputPerMillion, row.CachedInputPerMillion, row.CacheWritePerMillion, row.OutputPerMillion,
        row.ReasoningPerMillion, row.PerRequest)
    {
        DiscountPpm = row.DiscountPpm,
        ContextTiers = [.. row.ContextTiers.Select(tier => new ContextTier(
            tier.AboveInputTokens,
            new Rates(tier.InputPerMillion, tier.CachedInputPerMillion, tier.CacheWritePerMillion, tier.CacheWrite1HPerMillion, tier.OutputPerMillion, tier.ReasoningPerMillion)))],
    };

    private sealed record Read(DateTimeOffset At, PlanBook Book);
}
