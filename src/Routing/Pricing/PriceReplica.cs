using System.Collections.Frozen;
using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Routing.Pricing;

/// <summary>
/// The prices in force, fed by Metering's stream. An attempt is rated at the price that its intent names, so a price that is a moment old
/// cannot make the figures differ; while Metering is away the last prices stand.
/// </summary>
internal sealed partial class PriceReplica(Prices.PricesClient prices, TimeProvider time, ILogger<PriceReplica> log) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Heartbeats come every ten seconds at most; a stream without one for this long is dead though the connection may look alive.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(25);

    private FrozenDictionary<(string Provider, string Model, string Tier, string Region), Price>? _prices;
    private long _revision;

    /// <summary>False until Metering has sent prices for the first time.</summary>
    public bool IsReceived => Volatile.Read(ref _prices) is not null;

    /// <summary>The price in force of the model, or of the model that the name stands for; null when there is none. Never another tier's.</summary>
    public Price? Find(string provider, string model, string tier = Price.StandardTier, string region = "") =>
        Volatile.Read(ref _prices) is { } prices
            ? prices.GetValueOrDefault((provider, model, tier, region)) ?? (region.Length > 0 ? prices.GetValueOrDefault((provider, model, tier, "")) : null)
            : null;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        IsReceived ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Prices have not been received from Metering."));

    /// <summary>Takes a message of the stream: a snapshot when its revision is new, else a heartbeat.</summary>
    internal void Apply(PriceBook book)
    {
        if (IsReceived && book.Revision == _revision)
        {
            return;
        }

        _revision = book.Revision;
        Volatile.Write(ref _prices, ByName(book));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (RpcException exception)
            {
                LogStreamBroken(exception.StatusCode, exception.Status.Detail);
            }
            catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
            {
                LogStreamSilent();
            }

            await Task.Delay(ReconnectDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        silence.CancelAfter(SilenceLimit);
        using var stream = prices.WatchPrices(new WatchPricesRequest(), cancellationToken: silence.Token);
        var first = true;
        while (await stream.ResponseStream.MoveNext(silence.Token))
        {
            // A new stream begins with a snapshot, whose revision may be one that a restored database has used before.
            _revision = first ? -1 : _revision;
            first = false;
            Apply(stream.ResponseStream.Current);
            silence.CancelAfter(SilenceLimit);
        }
    }

    /// <summary>Every price under its model's name, and under the names that stand for it.</summary>
    private static FrozenDictionary<(string Provider, string Model, string Tier, string Region), Price> ByName(PriceBook book)
    {
        var named = new Dictionary<(string Provider, string Model, string Tier, string Region), Price>();
        var prices = book.Prices.Select(ToPrice).ToList();
        foreach (var alias in book.Aliases)
        {
            foreach (var price in prices.Where(price => price.Provider == alias.Provider && price.Model == alias.Model))
            {
                named[(price.Provider, alias.Alias, price.Tier, price.Region)] = price;
            }
        }

        foreach (var price in prices)
        {
            named[(price.Provider, price.Model, price.Tier, price.Region)] = price;
        }

        return named.ToFrozenDictionary();
    }

    private static Price ToPrice(PriceRow row) => new(
        row.PriceId, row.Provider, row.Model, row.Currency, row.InputPerMillion, row.CachedInputPerMillion, row.CacheWritePerMillion, row.OutputPerMillion,
        row.ReasoningPerMillion, row.PerRequest)
    {
        CacheWriteHourPerMillion = row.CacheWrite1HPerMillion,
        Tier = row.Tier,
        Region = row.Region,
        DiscountPpm = row.DiscountPpm,
        ContextTiers =
        [
            .. row.ContextTiers.Select(tier => new ContextTier(
                tier.AboveInputTokens,
                new Rates(
                    tier.InputPerMillion, tier.CachedInputPerMillion, tier.CacheWritePerMillion, tier.CacheWrite1HPerMillion, tier.OutputPerMillion,
                    tier.ReasoningPerMillion))),
        ],
    };

    [LoggerMessage(LogLevel.Information, "The price stream broke ({Status}: {Detail}); connecting again.")]
    private partial void LogStreamBroken(StatusCode status, string detail);

    [LoggerMessage(LogLevel.Warning, "The price stream fell silent; connecting again.")]
    private partial void LogStreamSilent();
}
