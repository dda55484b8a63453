namespace Platform.ServiceDefaults.Grpc;

public static class RpcDeadline
{
    /// <summary>The deadline for a call that may take so long from now on. gRPC measures it by the machine's clock, whatever clock a service is given.</summary>
    public static DateTime After(TimeSpan limit) => TimeProvider.System.GetUtcNow().UtcDateTime + limit;
}
