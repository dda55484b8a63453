namespace Platform.Cli.ProviderFiles;

/// <summary>What a provider says was used in a bucket of time. Whose it was is empty where the report is not grouped by that.</summary>
/// <param name="Place">Where it stands in its file, for messages.</param>
/// <param name="From">The bucket's beginning; <paramref name="Until"/> is its end, not part of it.</param>
/// <param name="Project">Project or workspace, in the provider's words.</param>
/// <param name="ServiceTier">As price rows name it: empty for standard, batch, flex, priority, fast, ….</param>
/// <param name="Region">As price rows name it: empty for the usual one.</param>
/// <param name="Requests">Null where the provider does not count them.</param>
/// <param name="CacheWritesApart">False where what was written to caches is counted as plain input.</param>
internal sealed record UsageRow(
    string Place, DateTimeOffset From, DateTimeOffset Until, string Project, string Key, string User, string Model, string ServiceTier, string Region,
    string ContextWindow, TokenCounts Tokens, bool CacheWritesApart, long? Requests)
{
    /// <summary>What the row is of, whatever its time: the report, and whose and which of its rows.</summary>
    public (string Report, string Subject) Series { get; init; } = ("", "");

    /// <summary>What makes the row itself among all of its provider; the same in every file that has it.</summary>
    public string Identity => string.Join('|', Series.Report, From.ToUnixTimeSeconds(), Until.ToUnixTimeSeconds(), Series.Subject);
}
