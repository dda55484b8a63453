using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Prices;

/// <summary>The price book on the wire.</summary>
internal sealed class PricesService(PriceBook book, SetPrice setPrice, WatchPrices watchPrices, TimeProvider time) : Contracts.Metering.V1.Prices.PricesBase
{
    [RequireRole(Role.Viewer)]
    public override async Task<ListPricesResponse> ListPrices(ListPricesRequest request, ServerCallContext context)
    {
        var at = Moments.Read("at", request.At) ?? time.GetUtcNow();
        var snapshot = await book.GetCurrentAsync(context.CancellationToken);
        return new ListPricesResponse { Prices = { snapshot.InForceAt(at).Select(version => version.ToRow()) } };
    }

    [RequireRole(Role.BillingAdmin)]
    public override Task<PriceRow> SetPrice(SetPriceRequest request, ServerCallContext context) => setPrice.RunAsync(request, context.CancellationToken);

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
