using Grpc.Core;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Holds;

/// <summary>Many reports in one call.</summary>
internal sealed class ReportHolds(ResolveHold resolve)
{
    public async Task<ReportHoldsResponse> RunAsync(ReportHoldsRequest request, string actor)
    {
        ItemErrors.RequireSize("reports", request.Reports.Count);
        return new ReportHoldsResponse { Results = { await Task.WhenAll(request.Reports.Select(item => RunAsync(item, actor))) } };
    }

    private async Task<ReportHoldResult> RunAsync(ReportHoldRequest item, string actor)
    {
        try
        {
            return new ReportHoldResult { Hold = await resolve.ReportAsync(item, actor) };
        }
        catch (RpcException exception)
        {
            return new ReportHoldResult { Error = ItemErrors.From(exception) };
        }
    }
}
