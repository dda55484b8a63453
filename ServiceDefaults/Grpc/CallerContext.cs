using Grpc.Core;
using Platform.ServiceDefaults.Identity;

namespace Platform.ServiceDefaults.Grpc;

public static class CallerContext
{
    /// <summary>Who makes this call. Only in methods that ask for a role.</summary>
    public static Caller GetCaller(this ServerCallContext context) =>
        context.GetHttpContext().Features.Get<Caller>() ?? throw new InvalidOperationException($"{context.Method} was called without authentication.");
}
