using Grpc.Core;
using Platform.Contracts;
using Platform.Routing.Calls;
using Platform.Routing.Limits;

namespace Platform.Routing.Deciding;

/// <summary>The AI routes' errors as gRPC's: the same reasons, in capitals.</summary>
internal static class DecideErrors
{
    public static RpcException From(ApiError error, TimeSpan retryAfter = default) => RpcErrors.Create(StatusOf(error), error.Code.ToUpperInvariant(), error.Message, retryAfter);

    public static RpcException From(LimitRefusal limit) => From(limit.Error, limit.RetryAfter);

    private static StatusCode StatusOf(ApiError error) => error.Status switch
    {
        400 when error.Code == Reasons.ModelUnpriced => StatusCode.FailedPrecondition,
        400 or 413 => StatusCode.InvalidArgument,
        401 => StatusCode.Unauthenticated,
        402 => StatusCode.FailedPrecondition,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.NotFound,
        429 => StatusCode.ResourceExhausted,
        _ => StatusCode.Unavailable,
    };
}
