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
    [RequireRole(Role.Viewer, OrLeaseHolder = true)]
    public override async Task<ListPricesResponse> ListPrices(ListPricesRequest request, ServerCallContext context)
    {
        var at = Moments.Read("at", request.At) ?? time.GetUtcNow();
        var currency = await organisation.GetCurrencyAsync(context.CancellationToken);
        var snapshot = (await book.GetCurrentAsync(context.CancellationToken)).In(currency);
        var versions = request.AllVersions ? PriceSnapshot.Ordered(snapshot.Versions) : snapshot.InForceAt(at);
        return new ListPricesResponse
        {
            Prices =
            {
                versions.Where(version =>
                    (request.Provider.Length == 0 || version.Price.Provider == request.Provider)
                    && (request.Model.Length == 0 || version.Price.Model == request.Model)
                    && (request.Tier.Length == 0 || version.Price.Tier == request.Tier)).Select(version => version.ToRow()),
            },
        };
    }

    [RequireRole(Role.Viewer, OrLeaseHolder = true)]
    public override async Task<ListAliasesResponse> ListAliases(ListAliasesRequest request, ServerCallContext context)
    {
        var snapshot = await book.GetCurrentAsync(context.CancellationToken);
        return new ListAliasesResponse { Aliases = { snapshot.Aliases.Select(alias => alias.ToContract()) } };
    }

    [RequireRole(Role.Viewer)]
    public override async Task<ListUnpricedResponse> ListUnpriced(ListUnpricedRequest request, ServerCallContext context) =>
        new() { Usage = { await unpriced.ListAsync(context.CancellationToken) } };

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
        await foreach (var snapshot in watchPrices.RunAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(snapshot, context.CancellationToken);
        }
    }
}
