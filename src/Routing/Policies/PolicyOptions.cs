namespace Platform.Routing.Policies;

/// <summary>How a gateway takes the routing policy.</summary>
public sealed class PolicyOptions
{
    public const string Section = "Policy";

    /// <summary>True: a gateway that cannot serve the newest version does not start. False: it starts with the newest that it can serve, and says so.</summary>
    public bool RequireNewest { get; set; }
}
