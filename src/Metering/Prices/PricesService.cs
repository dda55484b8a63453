using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Repricing;
using Platform.Metering.Teams;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Prices;

/// <summary>The price book on the wire.</summary>
internal sealed class PricesService(
    PriceBook book, TeamDirectory organisation, SetPrice setPrice, ImportPrices importPrices, UnpricedUsageStore unpriced, WatchPrices watchPrices, TimeProvider time)
    : Contracts.Metering.V1.Prices.PricesBase
{
    private const string List = "prices";

    [RequireRole(Role.Viewer, OrLeaseHolder = true)]
    public override async Task<ListPricesResponse> ListPrices(ListPricesRequest request, ServerCallContext context)
    {
        var at = Moments.Read("at", request.At) ?? time.GetUtcNow();
        var currency = await organisation.GetCurrencyAsync(context.CancellationToken);
        var snapshot = (await book.GetCurrentAsync(context.CancellationToken)).In(currency);
        var page = PageRequest.OrWhole(request.PageSize, request.PageToken);
        var versions = Behind(page, snapshot).Where(version =>
            (request.AllVersions || version.IsInForceAt(at))
            && (request.Provider.Length == 0 || version.Price.Provider == request.Provider)
            && (request.Model.Length == 0 || version.Price.Model == request.Model)
            && (request.Tier.Length == 0 || version.Price.Tier == request.Tier));
        if (page is null)
        {
            var whole = new ListPricesResponse { Prices = { versions.Select(version => version.ToRow()) } };
            return WholeAnswers.Fitting(whole, whole.Prices.Count, "prices");
        }

        var (rows, next) = page.Cut([.. versions.Take(page.Limit)], List, version => version.Price.PriceId);
        return new ListPricesResponse { Prices = { rows.Select(version => version.ToRow()) }, NextPageToken = next };
    }

    /// <summary>All versions in the list's order behind the last one of the page before, which may have ended meanwhile: it has its place among all of them still.</summary>
    private static IEnumerable<PriceVersion> Behind(PageRequest? page, PriceSnapshot snapshot)
    {
        var all = PriceSnapshot.Ordered(snapshot.Versions);
        if (page is null or { After.Length: 0 })
        {
            return all;
        }

        var last = snapshot.ById(page.Below(List)) ?? throw PageRequest.InvalidToken();
        return all.SkipWhile(version => version != last).Skip(1);
    }

    [RequireRole(Role.Viewer, OrLeaseHolder = true)]
    public override async Task<ListAliasesResponse> ListAliases(ListAliasesRequest request, ServerCallContext context)
    {
        var snapshot = await book.GetCurrentAsync(context.CancellationToken);
        return new ListAliasesResponse { Aliases = { snapshot.Aliases.Select(alias => alias.ToContract()) } };
    }

    [RequireRole(Role.Viewer)]
    public override Task<ListUnpricedResponse> ListUnpriced(ListUnpricedRequest request, ServerCallContext context) => unpriced.ListAsync(context.CancellationToken);

    // Whoever may read may see what a list would change; only its role decides whether it may take effect.
    [RequireRole(Role.Viewer)]
    public override Task<ImportPricesResponse> ImportPrices(ImportPricesRequest request, ServerCallContext context)
    {
        if (request.Apply && !new RequireRoleAttribute(Role.BillingAdmin).Admits(context.GetCaller().Role))
        {
            throw RpcErrors.Create(StatusCode.PermissionDenied, Reasons.RoleMissing, "To apply a list of prices needs role billing_admin or higher.");
        }

        return importPrices.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken);
    }

    [RequireRole(Role.BillingAdmin)]
    public override Task<PriceRow> SetPrice(SetPriceRequest request, ServerCallContext context) =>
        setPrice.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Gateway)]
    public override async Task WatchPrices(
        WatchPricesRequest request, IServerStreamWriter<Contracts.Metering.V1.PriceBook> responseStream, ServerCallContext context)
    {
        await foreach (var snapshot in watchPrices.RunAsync(request.InParts, context.CancellationToken))
        {
            await responseStream.WriteAsync(snapshot, context.CancellationToken);
        }
    }
}
