using System.Text.RegularExpressions;

namespace Platform.Contracts;

/// <summary>Rules that more than one service states in its contract. Each answers null when the value is fine, else one sentence that says what to do.</summary>
public static partial class Validation
{
    public static string? TeamId(string value) => Id("team_id", value);

    /// <summary>Ids of teams, users and applications. No '.', which separates them in wallets' ids.</summary>
    public static string? Id(string name, string value) => IdPattern().IsMatch(value)
        ? null
        : $"{name} '{Shown(value)}' must be 1 to 64 characters, begin with a lower-case letter, and have only lower-case letters, digits, '_' and '-'.";

    public static string? Text(string name, string value, int atLeast, int atMost) =>
        value.Length < atLeast || value.Length > atMost ? $"{name} must have {atLeast} to {atMost} characters; it has {value.Length}." : null;

    /// <summary>For workload classes and lanes; empty is allowed and means unclassified.</summary>
    public static string? Label(string name, string value) => value.Length == 0 || LabelPattern().IsMatch(value)
        ? null
        : $"{name} '{Shown(value)}' must be at most 50 characters, begin with a lower-case letter, and have only lower-case letters, digits, '_' and '-'.";

    private static string Shown(string value) => value.Length <= 80 ? value : value[..80] + "…";

    [GeneratedRegex(@"^[a-z][a-z0-9_-]{0,63}\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^[a-z][a-z0-9_-]{0,49}\z")]
    private static partial Regex LabelPattern();
}
