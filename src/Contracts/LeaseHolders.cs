namespace Platform.Contracts;

/// <summary>
/// Names of teams' own platforms that hold leases. A key says which one is its caller's, so nobody holds leases or tells usage in another's name: gateways have theirs from their settings, and none that
/// begins like these.
/// </summary>
public static class LeaseHolders
{
    /// <summary>How their names begin, and the sources that they tell usage by.</summary>
    public const string Prefix = "holder/";

    /// <summary>So that the whole name has at most 100 characters, as every holder's and every source has.</summary>
    private const int Longest = 28;

    /// <summary>The name that its leases and its usage have. The team is part of it, so two teams' platforms of one name are two.</summary>
    /// <param name="holder">As the key has it; empty, as the name then is, of keys that hold no leases.</param>
    public static string NameOf(string teamId, string holder) => holder.Length > 0 ? PrefixOf(teamId) + holder : "";

    /// <summary>How the names of a team's platforms begin.</summary>
    public static string PrefixOf(string teamId) => $"{Prefix}{teamId}/";

    /// <summary>Null when a key may have this holder, else one sentence that says what to do.</summary>
    public static string? Complaint(string holder) => Validation.Id("holder", holder)
        ?? (holder.Length <= Longest ? null : $"holder must have 1 to {Longest} characters; it has {holder.Length}.");

    /// <summary>True for a name that only the key of a lease holder gives, in any case of letters.</summary>
    public static bool IsReserved(string name) => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
}
