namespace Platform.Contracts;

/// <summary>Sources of usage that speak for a part of the platform. An event is known by its source and id, so whoever could use another's would take its place.</summary>
public static class UsageSources
{
    /// <summary>How the sources of gateways begin; behind it stands the replica. Told by role gateway alone.</summary>
    public const string GatewayPrefix = "gateway/";

    /// <summary>Attempts in suspense that an operator has settled by the provider's bill. Told by billing_admin and higher.</summary>
    public const string Suspense = "suspense";
}
