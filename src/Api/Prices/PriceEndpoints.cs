using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using PricesClient = Platform.Contracts.Metering.V1.Prices.PricesClient;

namespace Platform.Api.Prices;

/// <summary>The price book.</summary>
internal static class PriceEndpoints
{
    public static void MapPrices(this WebApplication app)
    {
        var prices = app.MapGroup("/v1/model-pricing").WithTags("prices");
        prices.MapGet("", ListAsync).WithSummary("Prices in force at a moment (now when absent), by provider and model.");
        prices.MapPost("", SetAsync).WithSummary("Adds a version of a model's price.").Produces<PriceBody>(StatusCodes.Status201Created);
    }

    private static async Task<PricesBody> ListAsync(string? at, PricesClient prices, HttpContext http)
    {
        var answer = await prices.ListPricesAsync(new ListPricesRequest { At = TimeRange.Moment("at", at).ToTimestampUtc() }, Call.Options(http));
        return new PricesBody([.. answer.Prices.Select(PriceBody.From)]);
    }

    private static async Task<IResult> SetAsync(SetPriceBody body, PricesClient prices, HttpContext http)
    {
        var input = NotNegative("input_per_million", Require.Value("input_per_million", body.InputPerMillion));
        var output = NotNegative("output_per_million", Require.Value("output_per_million", body.OutputPerMillion));
        var row = await prices.SetPriceAsync(
            new SetPriceRequest
            {
                Price = new PriceRow
                {
                    Provider = Require.Text("provider", body.Provider),
                    Model = Require.Text("model", body.Model),
                    Currency = Require.Text("currency", body.Currency),
                    InputPerMillion = input,
                    // A kind whose price is not given costs what plain input or output does: never nothing by mistake.
                    CachedInputPerMillion = NotNegative("cached_input_per_million", body.CachedInputPerMillion) ?? input,
                    CacheWritePerMillion = NotNegative("cache_write_per_million", body.CacheWritePerMillion) ?? input,
                    OutputPerMillion = output,
                    ReasoningPerMillion = NotNegative("reasoning_per_million", body.ReasoningPerMillion) ?? output,
                    PerRequest = NotNegative("per_request", body.PerRequest) ?? 0,
                    EffectiveFrom = body.EffectiveFrom.ToTimestampUtc(),
                    Source = body.Source ?? "",
                },
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(PriceBody.From(row), statusCode: StatusCodes.Status201Created);
    }

    private static long NotNegative(string name, Money value) => value.Nanos >= 0
        ? value.Nanos
        : throw RpcErrors.InvalidArgument($"{name} must be zero or more; it is {value}.", Reasons.AmountInvalid);

    private static long? NotNegative(string name, Money? value) => value is { } given ? NotNegative(name, given) : null;
}

/// <summary>Prices in units of currency per million tokens; kinds that are absent cost what plain input or output does.</summary>
/// <param name="PerRequest">Units of currency a request; absent: nothing.</param>
/// <param name="EffectiveFrom">Absent: now. May not lie in the past.</param>
/// <param name="Source">Where the figures come from, with the date.</param>
internal sealed record SetPriceBody(
    string? Provider = null, string? Model = null, string? Currency = null, Money? InputPerMillion = null, Money? CachedInputPerMillion = null, Money? CacheWritePerMillion = null,
    Money? OutputPerMillion = null, Money? ReasoningPerMillion = null, Money? PerRequest = null, DateTimeOffset? EffectiveFrom = null, string? Source = null);

internal sealed record PricesBody(IReadOnlyList<PriceBody> Prices);

/// <param name="PriceId">The version: never reused, never changed once in force.</param>
/// <param name="EffectiveTo">Null while it is the latest.</param>
internal sealed record PriceBody(
    long PriceId, string Provider, string Model, string Currency, Money InputPerMillion, Money CachedInputPerMillion, Money CacheWritePerMillion,
    Money OutputPerMillion, Money ReasoningPerMillion, Money PerRequest, DateTimeOffset? EffectiveFrom, DateTimeOffset? EffectiveTo, string Source)
{
    public static PriceBody From(PriceRow row) => new(
        row.PriceId, row.Provider, row.Model, row.Currency, new(row.InputPerMillion), new(row.CachedInputPerMillion), new(row.CacheWritePerMillion),
        new(row.OutputPerMillion), new(row.ReasoningPerMillion), new(row.PerRequest), row.EffectiveFrom.ToMoment(), row.EffectiveTo.ToMoment(), row.Source);
}
