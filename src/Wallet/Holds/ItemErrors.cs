using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Holds;

/// <summary>What the batch operations share: every item is answered by itself.</summary>
internal static class ItemErrors
{
    public const int ItemLimit = 1_000;

    public static void RequireSize(string name, int count) => Rules.Require(
        count is >= 1 and <= ItemLimit ? null : $"{name} must have 1 to {ItemLimit} items; it has {count}.", Reasons.BatchTooLarge);

    public static ItemError From(RpcException exception) => new()
    {
        Code = (int)exception.StatusCode, Reason = RpcErrors.ReasonOf(exception) ?? "", Message = exception.Status.Detail,
    };
}
