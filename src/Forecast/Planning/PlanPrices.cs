using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Forecast.Planning;

/// <summary>What a planned call costs; the note says by which price, or why there is none.</summary>
internal readonly record struct PlanPrice(double? NanosPerCall, string Note);

/// <summary>
/// The price book as plans need it, asked of Metering and kept for some minutes. An answer without it would leave planned demand out in silence, so that a Metering which
/// does not answer makes the call UNAVAILABLE (DEPENDENCY_UNAVAILABLE), unless a book of before is at hand.
/// </summary>
internal sealed class PlanPrices(Prices.PricesClient prices, TimeProvider time)
{
    private const string ScheduledLane = "scheduled";
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
        var rows = book.Where(row => row.Model == item.Model && row.Region.Length == 0 && (item.Provider.Length == 0 || row.Provider == item.Provider)).ToArray();
        var providers = rows.Select(row => row.Provider).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (providers.Length > 1)
        {
            return new PlanPrice(null, $"{item.Model} has prices of {string.Join(", ", providers)}: name the provider.");
        }

        var batch = item.Lane == ScheduledLane ? rows.FirstOrDefault(row => row.Tier == BatchTier) : null;
        if ((batch ?? rows.FirstOrDefault(row => row.Tier is "" or Price.StandardTier)) is not { } row)
        {
            return new PlanPrice(null, $"There is no price of {(item.Provider.Length > 0 ? item.Provider + " " : "")}{item.Model} in force: kt prices set makes one.");
        }

        var rate = PriceOf(row);
        var cost = Rater.Rate(rate, new Rating.TokenCounts(item.InputTokens, 0, 0, item.OutputTokens, 0));
        return new PlanPrice(cost.TotalNanos, batch is not null
            ? $"batch tier of {row.Provider} {row.Model}"
            : $"{row.Provider} {row.Model}{(item.Lane == ScheduledLane ? ", which has no batch tier" : "")}");
    }

    private async Task<IReadOnlyList<PriceRow>> ListAsync(ListPricesRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var options = new CallOptions(deadline: (time.GetUtcNow() + AnswerLimit).UtcDateTime, cancellationToken: cancellationToken);
            return (await prices.ListPricesAsync(request, options)).Prices;
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            throw RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, "The Metering service, which has the price book, does not answer. Try again shortly.");
        }
    }

    private static Price PriceOf(PriceRow row) => new(
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
