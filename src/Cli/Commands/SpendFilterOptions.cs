using System.CommandLine;

namespace Platform.Cli.Commands;

/// <summary>The filters that spend and usage share; each takes several values, comma-separated, and "(none)".</summary>
/// <param name="ofDenied">Of refused demand.</param>
/// <param name="withMark">Where single records can be told apart.</param>
internal sealed class SpendFilterOptions(bool ofDenied = false, bool withMark = false)
{
    private readonly Option<string?>[] _options =
    [
        Filter("team", "Only these teams (team_id), comma-separated; (none) is what has none, here and below."), Filter("user", "Only these users, comma-separated."), Filter("application", "Only these applications, comma-separated."),
        Filter("key", "Only these keys (key_id), comma-separated."), Filter("workload", "Only these workload classes, comma-separated; (none) is what is unclassified."),
        Filter("lane", "Only these lanes, comma-separated."), Filter("provider", "Only these providers, comma-separated."), Filter("model", "Only these models, as they ran, comma-separated."),
        .. ofDenied ? [Filter("reason", "Only these reasons, comma-separated, such as INSUFFICIENT_FUNDS, CAP_REACHED, RATE_LIMIT, MODEL_NOT_ALLOWED, TEAM_FROZEN.")] : OfSpend(),
        .. withMark ? [Filter("mark", "Only what wallets let through though they could not cover it: overflow (the organisation paid), observed, or both.")] : Array.Empty<Option<string?>>(),
    ];

    public IEnumerable<Option> All => _options;

    /// <summary>As query parameters.</summary>
    public IEnumerable<(string Name, string? Value)> Read(ParseResult parsed) =>
        _options.Select(option => (option.Name.TrimStart('-'), parsed.GetValue(option)));

    public bool IsGiven(ParseResult parsed, string name) => parsed.GetValue(_options.Single(option => option.Name == $"--{name}")) is { Length: > 0 };

    private static Option<string?>[] OfSpend() =>
        [Filter("outcome", "Only these, comma-separated: succeeded, client_closed, interrupted, failed."), Filter("funding", "Only these, comma-separated: leased, external, history.")];

    private static Option<string?> Filter(string name, string description) => CommonOptions.Text($"--{name}", description);
}
