using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;
using Platform.Rating;

namespace Platform.Forecast.Planning;

/// <summary>What a planned call costs; the note says by which price, or why there is none.</summary>
internal readonly record struct PlanPrice(double? NanosPerCall, string Note);

/// <summary>The row of a model's price, or null and a note that says why there is none.</summary>
internal readonly record struct BookRow(PriceRow? Row, bool IsBatch, string Note);

/// <summary>
/// The price book as plans need it, asked of Metering and kept for some minutes. An answer without it would leave planned demand out in silence, so that a Metering which
/// does not answer makes the call UNAVAILABLE (DEPENDENCY_UNAVAILABLE), unless a book of before is at hand.
/// </summary>
internal sealed class PlanPrices(Prices.PricesClient prices, TimeProvider time)
{
    public const string ScheduledLane = "scheduled";
    private const string BatchTier = "batch";
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);
    private volatile Book? _book;

    public async Task<IReadOnlyList<PriceRow>> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_book is { } known && now - known.ReadAt < Fresh)
        {
            return known.Rows;
        }

        try
        {
            _book = new Book(now, await ListAsync(new ListPricesRequest(), cancellationToken));
            return _book.Rows;
        }
        catch (RpcException exception) when (_book is not null && exception.StatusCode == StatusCode.Unavailable)
        {
            return _book.Rows;
        }
    }

    /// <summary>Every version of every price, asked each time.</summary>
    public Task<IReadOnlyList<PriceRow>> ReadVersionsAsync(CancellationToken cancellationToken) => ListAsync(new ListPricesRequest { AllVersions = true }, cancellationToken);

    /// <summary>The price of the item's model: in the scheduled lane that of the batch tier, where there is one.</summary>
    public static PlanPrice Of(PlanRow item, IReadOnlyList<PriceRow> book)
    {
        var found = RowOf(item.Provider, item.Model, item.Lane, book);
        return found.Row is null
            ? new PlanPrice(null, found.Note)
            : new PlanPrice(Rater.Rate(PriceOf(found.Row), new Rating.TokenCounts(item.InputTokens, 0, 0, item.OutputTokens, 0)).TotalNanos, found.Note);
    }

    /// <param name="provider">Empty where one provider alone has a price of the model.</param>
    /// <param name="lane">In the scheduled one the row of the batch tier, where there is one.</param>
    public static BookRow RowOf(string provider, string model, string lane, IReadOnlyList<PriceRow> book)
    {
        var rows = book.Where(row => row.Model == model && row.Region.Length == 0 && (provider.Length == 0 || row.Provider == provider)).ToArray();
        var providers = rows.Select(row => row.Provider).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (providers.Length > 1)
        {
            return new BookRow(null, false, $"{model} has prices of {string.Join(", ", providers)}: name the provider.");
        }

        var batch = lane == ScheduledLane ? rows.FirstOrDefault(row => row.Tier == BatchTier) : null;
        if ((batch ?? rows.FirstOrDefault(row => row.Tier is "" or Price.StandardTier)) is not { } row)
        {
            return new BookRow(null, false, $"There is no price of {(provider.Length > 0 ? provider + " " : "")}{model} in force: kt prices set makes one.");
        }

        return new BookRow(row, batch is not null, batch is not null
            ? $"batch tier of {row.Provider} {row.Model}"
            : $"{row.Provider} {row.Model}{(lane == ScheduledLane ? ", which has no batch tier" : "")}");
    }

    private async Task<IReadOnlyList<PriceRow>> ListAsync(ListPricesRequest request, CancellationToken cancellationToken) => (await Ask.ServiceAsync(
        time, AnswerLimit, "The Metering service, which has the price book,", options => prices.ListPricesAsync(request, options), cancellationToken)).Prices;

    public static Price PriceOf(PriceRow row) => new(
        row.PriceId, row.Provider, row.Model, row.Currency, row.InputPerMillion, row.CachedInputPerMillion, row.CacheWritePerMillion, row.OutputPerMillion,
        row.ReasoningPerMillion, row.PerRequest)
    {
        DiscountPpm = row.DiscountPpm,
        ContextTiers = [.. row.ContextTiers.Select(tier => new ContextTier(
            tier.AboveInputTokens,
            new Rates(tier.InputPerMillion, tier.CachedInputPerMillion, tier.CacheWritePerMillion, tier.CacheWrite1HPerMillion, tier.OutputPerMillion, tier.ReasoningPerMillion)))],
    };

    private sealed record Book(DateTimeOffset ReadAt, IReadOnlyList<PriceRow> Rows);
}
