using Grpc.Core;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Holds;

/// <summary>Many holds in one call: they reach the writer together and need few transactions.</summary>
internal sealed class CreateHolds(CreateHold create)
{
    public async Task<CreateHoldsResponse> RunAsync(CreateHoldsRequest request, string actor, CancellationToken cancellationToken)
    {
        ItemErrors.RequireSize("holds", request.Holds.Count);
        var results = await Task.WhenAll(request.Holds.Select(item => RunAsync(item, actor, cancellationToken)));
        return new CreateHoldsResponse { Results = { results } };
    }

    private async Task<CreateHoldResult> RunAsync(CreateHoldRequest item, string actor, CancellationToken cancellationToken)
    {
        try
        {
            return new CreateHoldResult { Hold = await create.RunAsync(item, actor, cancellationToken) };
        }
        catch (RpcException exception)
        {
            return new CreateHoldResult { Error = ItemErrors.From(exception) };
        }
    }
}
