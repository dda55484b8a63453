using Platform.Api.Http;
using Platform.Api.Json;
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
        prices.MapGet("", ListAsync).WithSummary("Prices in force at a moment (now when absent), or all versions, by provider, model, tier and region.");
        prices.MapPost("", SetAsync)
            .WithSummary("Adds a version of a model's price; with dry_run only says what it would change, and what it would correct of what is recorded.")
            .Produces<PriceBody>(StatusCodes.Status201Created).Produces<PriceImportBody>();
        prices.MapPost("/import", ImportAsync).WithMetadata(BodyBounds.Document).WithSummary("Compares a list of prices with the book and takes it over, whole, when asked.");
        prices.MapGet("/aliases", ListAliasesAsync).WithSummary("Other names of models, such as dated snapshots.");
        prices.MapGet("/unpriced", ListUnpricedAsync).WithSummary("Usage that is stored without a cost, and waits for a price.");
    }

    private static async Task<PricesBody> ListAsync(
        string? at, string? provider, string? model, string? tier, bool? all_versions, int? page_size, string? page_token, PricesClient prices, HttpContext http)
    {
        var request = new ListPricesRequest
        {
            At = TimeRange.Moment("at", at).ToTimestampUtc(), Provider = provider ?? "", Model = model ?? "", Tier = tier ?? "", AllVersions = all_versions ?? false,
            PageSize = page_size ?? 0, PageToken = page_token ?? "",
        };
        var answer = await prices.ListPricesAsync(request, Call.Options(http));
        return new PricesBody([.. answer.Prices.Select(PriceBody.From)], answer.NextPageToken);
    }

    private static async Task<IResult> SetAsync(SetPriceBody body, PricesClient prices, HttpContext http)
    {
        if (body.DryRun == true)
        {
            var dry = new ImportPricesRequest { Prices = { body.ToRow() }, Retroactive = body.Retroactive ?? false, Corrections = true };
            return Results.Json(PriceImportBody.From(await prices.ImportPricesAsync(dry, Call.Options(http))));
        }

        var row = await prices.SetPriceAsync(
            new SetPriceRequest { Price = body.ToRow(), IdempotencyKey = Call.IdempotencyKey(http), Retroactive = body.Retroactive ?? false }, Call.Options(http));
        return Results.Json(PriceBody.From(row), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<PriceImportBody> ImportAsync(ImportPricesBody body, PricesClient prices, HttpContext http)
    {
        if (body is { Apply: true, DryRun: true })
        {
            throw RpcErrors.InvalidArgument("Give apply or dry_run, not both.");
        }

        var request = new ImportPricesRequest
        {
            Prices = { (body.Aliases is { Count: > 0 } ? body.Prices ?? [] : Require.List("prices", body.Prices)).Select((price, index) => AtPlace($"prices[{index + 1}]", price.ToRow)) },
            Aliases = { (body.Aliases ?? []).Select(alias => alias.ToAlias()) },
            Apply = body.Apply ?? false,
            Retroactive = body.Retroactive ?? false,
            Corrections = body.DryRun ?? false,
            AllowFree = body.AllowFree ?? false,
            IdempotencyKey = Call.IdempotencyKey(http),
        };
        return PriceImportBody.From(await prices.ImportPricesAsync(request, Call.Options(http)));
    }

    private static async Task<PriceAliasesBody> ListAliasesAsync(PricesClient prices, HttpContext http)
    {
        var answer = await prices.ListAliasesAsync(new ListAliasesRequest(), Call.Options(http));
        return new PriceAliasesBody([.. answer.Aliases.Select(alias => new PriceAliasBody(alias.Provider, alias.Alias, alias.Model, alias.Source))]);
    }

    private static async Task<UnpricedBody> ListUnpricedAsync(PricesClient prices, HttpContext http)
    {
        var answer = await prices.ListUnpricedAsync(new ListUnpricedRequest(), Call.Options(http));
        return new UnpricedBody([.. answer.Usage.Select(UnpricedUsageBody.From)], answer.UsageTotal, answer.RecordsTotal);
    }

    /// <summary>Says which row of a list an error is about.</summary>
    private static T AtPlace<T>(string place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Grpc.Core.RpcException exception)
        {
            throw RpcErrors.InvalidArgument($"{place}: {exception.Status.Detail}", RpcErrors.ReasonOf(exception) ?? Reasons.InvalidArgument);
        }
    }
}

internal sealed record SetPriceBody : PriceInputBody
{
    /// <summary>Must be true for an effective_from in the past: usage since then is rated anew, by corrections.</summary>
    public bool? Retroactive { get; init; }

    /// <summary>True: nothing takes effect; the answer says what the price would change, and what it would correct of what is recorded.</summary>
    public bool? DryRun { get; init; }
}

/// <param name="Apply">False (the default): only what it would change.</param>
/// <param name="Retroactive">Must be true where a price begins in the past.</param>
/// <param name="DryRun">Not with apply: also what would be corrected of what is recorded.</param>
/// <param name="AllowFree">Needed to apply a price that costs nothing at all.</param>
internal sealed record ImportPricesBody(
    IReadOnlyList<PriceInputBody>? Prices = null, IReadOnlyList<PriceAliasBody>? Aliases = null, bool? Apply = null, bool? Retroactive = null, bool? DryRun = null,
    bool? AllowFree = null);

/// <param name="Model">The model whose prices the alias has.</param>
internal sealed record PriceAliasBody(string? Provider = null, string? Alias = null, string? Model = null, string? Source = null)
{
    public PriceAlias ToAlias() => new() { Provider = Provider ?? "", Alias = Alias ?? "", Model = Model ?? "", Source = Source ?? "" };
}

internal sealed record PriceAliasesBody(IReadOnlyList<PriceAliasBody> Aliases);

/// <param name="Applied">True when it has taken effect.</param>
/// <param name="Corrections">Null unless dry_run is asked for.</param>
internal sealed record PriceImportBody(
    IReadOnlyList<PriceChangeBody> Changes, bool Applied, int AliasesAdded, IReadOnlyList<AliasChangeBody> AliasChanges, CorrectionPreviewBody? Corrections)
{
    public static PriceImportBody From(ImportPricesResponse answer) => new(
        [.. answer.Changes.Select(PriceChangeBody.From)], answer.Applied, answer.AliasesAdded,
        [.. answer.AliasChanges.Select(alias => new AliasChangeBody(EnumText.Of(alias.Kind), alias.Provider, alias.Alias, alias.Model, alias.Before))],
        answer.Corrections is null ? null : CorrectionPreviewBody.From(answer.Corrections));
}

/// <param name="Kind">added, changed or unchanged.</param>
/// <param name="Before">The model that it stood for; empty for an added one.</param>
internal sealed record AliasChangeBody(string Kind, string Provider, string Alias, string Model, string Before);

/// <summary>What the prices would correct of what is recorded.</summary>
/// <param name="Months">Oldest first.</param>
/// <param name="LookedUntil">Null when all was looked at; else some of what occurred from then on is not in the figures.</param>
/// <param name="LateMonth">The first open month, 2026-07, of the zone that months are closed in: what is late would be booked in it. Null: no month is closed.</param>
internal sealed record CorrectionPreviewBody(
    IReadOnlyList<CorrectedMonthBody> Months, long Records, Money Difference, string Currency, DateTimeOffset? LookedUntil, string? LateMonth)
{
    public static CorrectionPreviewBody From(CorrectionPreview preview) => new(
        [.. preview.Months.Select(month => new CorrectedMonthBody(
            month.Month, month.Records, month.UnpricedRecords, new(month.DifferenceNanos), month.LateRecords, new(month.LateDifferenceNanos)))],
        preview.Records, new(preview.DifferenceNanos), preview.Currency, preview.LookedUntil.ToMoment(), preview.LateMonth.Length == 0 ? null : preview.LateMonth);
}

/// <param name="Month">Of the zone that months are closed in (none is closed: UTC), in which the usage occurred: 2026-06.</param>
/// <param name="UnpricedRecords">Of them, those without a price until now.</param>
/// <param name="LateRecords">Of them, those of months that are closed: their corrections would be booked in the first open one.</param>
internal sealed record CorrectedMonthBody(string Month, long Records, long UnpricedRecords, Money Difference, long LateRecords, Money LateDifference);

/// <param name="Kind">added, changed or unchanged.</param>
/// <param name="Suspicious">
/// After discounts a rate or fee grows to ten times or more, falls to a tenth or less, appears or becomes 0; a context tier is gone; or an added price is 0.
/// </param>
/// <param name="Before">Null for an added one.</param>
internal sealed record PriceChangeBody(string Kind, bool Suspicious, PriceBody? Before, PriceBody After)
{
    public static PriceChangeBody From(PriceChange change) => new(
        EnumText.Of(change.Kind), change.Suspicious, change.Before is null ? null : PriceBody.From(change.Before), PriceBody.From(change.After));
}

/// <param name="Usage">Most records first, at most 1,000.</param>
/// <param name="UsageTotal">How many there are, however many are listed.</param>
/// <param name="RecordsTotal">The records of all of them.</param>
internal sealed record UnpricedBody(IReadOnlyList<UnpricedUsageBody> Usage, long UsageTotal, long RecordsTotal);

internal sealed record UnpricedUsageBody(
    string Provider, string Model, string Tier, string Region, long Records, long Tokens, DateTimeOffset? FirstOccurredAt, DateTimeOffset? LastOccurredAt)
{
    public static UnpricedUsageBody From(UnpricedUsage usage) => new(
        usage.Provider, usage.Model, usage.Tier, usage.Region, usage.Records, usage.Tokens, usage.FirstOccurredAt.ToMoment(), usage.LastOccurredAt.ToMoment());
}
