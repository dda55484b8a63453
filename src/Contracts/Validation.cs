using System.Text;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Platform.Contracts;

/// <summary>Rules that more than one service states in its contract. Each answers null when the value is fine, else one sentence that says what to do.</summary>
public static partial class Validation
{
    private const int MaxTags = 20;

    public static string? TeamId(string value) => Id("team_id", value);

    /// <summary>For ids that people choose: of teams, users and applications. No '.', which separates them in wallet ids.</summary>
    /// <param name="name">Of the field; empty where the place that the sentence follows names it.</param>
    public static string? Id(string name, string value) => IdPattern().IsMatch(value)
        ? null
        : $"{Named(name, value)} must be 1 to 64 characters, begin with a lower-case letter, and have only lower-case letters, digits, '_' and '-'.";

    /// <summary>A text of a bounded length. The character U+0000 is refused: the database cannot keep it.</summary>
    public static string? Text(string name, string value, int atLeast, int atMost) =>
        value.Length < atLeast || value.Length > atMost ? $"{name} must have {atLeast} to {atMost} characters; it has {value.Length}."
        : value.Contains('\0') ? $"{name} must not contain U+0000."
        : null;

    /// <summary>For the key that a change takes effect once by.</summary>
    public static string? IdempotencyKey(string value) => Text("idempotency_key", value, 1, 200);

    /// <summary>For names that people give and read: a text of one line, without control characters.</summary>
    public static string? Name(string name, string value, int atLeast = 1, int atMost = 200) =>
        Text(name, value, atLeast, atMost)
        ?? (value.Any(IsOfNoLine) ? $"{name} must be one line of text, without control characters such as tabs and line ends." : null);

    private static bool IsOfNoLine(char character) => char.IsControl(character) || character is '\u2028' or '\u2029';

    /// <summary>For ids of attempts, calls and records in the usual spelling of a UUID; empty is allowed and means none.</summary>
    public static string? Uuid(string name, string value) =>
        value.Length == 0 || Guid.TryParseExact(value, "D", out _) ? null : $"{name} must be empty or a UUID such as 0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10.";

    /// <summary>For the header of W3C Trace Context; empty is allowed and means none.</summary>
    public static string? Traceparent(string value) =>
        value.Length == 0 || ActivityContext.TryParse(value, null, out _) ? null : "traceparent must be empty or a W3C traceparent (00-trace-span-flags).";

    /// <summary>For workload classes and lanes; empty is allowed and means unclassified.</summary>
    /// <param name="name">Of the field; empty where the place that the sentence follows names it.</param>
    public static string? Label(string name, string value) => value.Length == 0 || LabelPattern().IsMatch(value)
        ? null
        : $"{Named(name, value)} must be at most 50 characters, begin with a lower-case letter, and have only lower-case letters, digits, '_' and '-'.";

    private static string Named(string name, string value) => name.Length == 0 ? $"'{Shown(value)}'" : $"{name} '{Shown(value)}'";

    /// <summary>For tags of usage: at most 20, with names of 1 to 50 characters and values of at most 200.</summary>
    public static string? Tags(IReadOnlyDictionary<string, string> tags)
    {
        if (tags.Count > MaxTags)
        {
            return $"tags must be at most {MaxTags}; there are {tags.Count}.";
        }

        foreach (var (key, value) in tags)
        {
            // Nearly every call has some: a name for the complaint is made only where there is one.
            if ((Text("a tag's key", key, 1, 50) ?? (Text("a tag", value, 0, 200) is null ? null : Text($"tag '{Shown(key)}'", value, 0, 200))) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    /// <summary>One e-mail address as mail takes it: before the '@' letters, digits and <c>.!#$%&amp;'*+/=?^_`{|}~-</c> with no dot at an end or beside another, after it a host name with a dot; at most 254 characters. Empty is allowed and means none.</summary>
    public static string? Email(string name, string value) => value.Length == 0 || (value.Length <= 254 && EmailPattern().IsMatch(value))
        ? null
        : $"{name} '{Shown(value)}' is not an e-mail address such as ada@example.com.";

    /// <summary>Anybody's text as a message may repeat it: no more UTF-16 characters of it than said, and an ellipsis in place of the rest.</summary>
    public static string Shown(string value, int atMost = 80) => value.Length <= atMost ? value : Beginning(value, atMost) + "…";

    /// <summary>The beginning of a text, of no more UTF-16 characters than said. A character of two is in it whole or not at all: half of one is no text, and the database refuses it.</summary>
    public static string Beginning(string text, int atMost) =>
        text.Length <= atMost ? text : text[..(char.IsHighSurrogate(text[atMost - 1]) ? atMost - 1 : atMost)];

    /// <summary>As <see cref="Beginning"/>, of a text of anybody's, as the database takes it: without U+0000, and with U+FFFD for half a character.</summary>
    public static string Storable(string text, int atMost) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(Beginning(text, atMost).Replace("\0", "", StringComparison.Ordinal)));

    [GeneratedRegex(@"^[a-z][a-z0-9_-]{0,63}\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^(?=[^@]{1,64}@)[\p{L}\p{M}\p{Nd}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{Nd}!#$%&'*+/=?^_`{|}~-]+)*@([\p{L}\p{Nd}]([\p{L}\p{M}\p{Nd}-]*[\p{L}\p{M}\p{Nd}])?)(\.[\p{L}\p{Nd}]([\p{L}\p{M}\p{Nd}-]*[\p{L}\p{M}\p{Nd}])?)+\z")]
    private static partial Regex EmailPattern();

    [GeneratedRegex(@"^[a-z][a-z0-9_-]{0,49}\z")]
    private static partial Regex LabelPattern();
}
