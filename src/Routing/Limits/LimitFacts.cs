namespace Platform.Routing.Limits;

/// <summary>By what a call is limited. Empty: it has none, so no limit of that scope is its.</summary>
/// <param name="KeyId">Of a key that was rotated from others the first one's: they are one subject, and a rotation frees no limit.</param>
/// <param name="Model">As it was asked for, by its public name.</param>
/// <param name="IsCounted">As a request it is counted already: only tokens and parallel requests are drawn.</param>
/// <param name="MayQueue">It may wait where a limit lets calls wait. Work that waits for windows may not: it would stand before calls for which people wait.</param>
internal readonly record struct LimitFacts(string KeyId, string UserId, string TeamId, string Model, string Lane, bool IsCounted = false, bool MayQueue = true)
{
    /// <summary>The key itself, where it is not the first of its line: a limit may name it.</summary>
    public string RotatedKeyId { get; init; } = "";
}
