using System.Collections.Frozen;
using System.Text.Json;

namespace Platform.Routing.Shapes;

/// <summary>What a name is that its reader does not know.</summary>
/// <param name="Name">The name that some servers take it for; null: it is none of the gateway's business.</param>
/// <param name="Unbounded">What it has a provider do that nothing bounds, and what to send instead; null: it is a known name in another spelling.</param>
internal readonly record struct WatchedName(string? Name, string? Unbounded);

/// <summary>
/// The names that a reader looks for in one object of a request, and those that it does not serve. A server may take a name for another that is spelled alike, and the last of two counts: Go's
/// encoding/json folds case by Unicode, as do .NET's servers, and protobuf's takes <c>maxTokens</c> for <c>max_tokens</c>. So a name is compared by its letters and digits alone, whatever their case.
/// </summary>
internal sealed class FieldNames
{
    private const int LongestFolded = 40;

    /// <summary>Each character of a name that could be one of these, escaped.</summary>
    private const int LongestRaw = 6 * LongestFolded;

    private readonly FrozenDictionary<string, WatchedName>.AlternateLookup<ReadOnlySpan<char>> _bySpelling;

    /// <param name="known">What the reader looks for.</param>
    public FieldNames(params ReadOnlySpan<string> known)
        : this([], known)
    {
    }

    /// <param name="unserved">What it refuses, each with why and what to do.</param>
    /// <param name="known">What the reader looks for; it comes before <paramref name="unserved"/>.</param>
    public FieldNames(IEnumerable<(string Name, string Why)> unserved, params ReadOnlySpan<string> known)
    {
        var bySpelling = new Dictionary<string, WatchedName>(StringComparer.Ordinal);
        foreach (var (name, why) in unserved)
        {
            bySpelling[Fold(name)] = new WatchedName(name, why);
        }

        foreach (var name in known)
        {
            bySpelling[Fold(name)] = new WatchedName(name, null);
        }

        _bySpelling = bySpelling.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <param name="json">At a name. Escapes in it are undone before it is compared.</param>
    public WatchedName Look(scoped ref readonly Utf8JsonReader json)
    {
        var raw = json.ValueSpan;
        if (raw.Length > LongestRaw)
        {
            return default;
        }

        Span<byte> unescaped = stackalloc byte[LongestRaw];
        Span<char> folded = stackalloc char[LongestFolded];
        var length = TryFold(json.ValueIsEscaped ? unescaped[..json.CopyString(unescaped)] : raw, folded);
        return length > 0 && _bySpelling.TryGetValue(folded[..length], out var watched) ? watched : default;
    }

    private static string Fold(string name)
    {
        Span<char> folded = stackalloc char[LongestFolded];
        return new string(folded[..TryFold(System.Text.Encoding.UTF8.GetBytes(name), folded)]);
    }

    /// <summary>The length; 0 when it is longer than any name here, or has a letter that none of them has in any case.</summary>
    private static int TryFold(ReadOnlySpan<byte> utf8, Span<char> folded)
    {
        var length = 0;
        for (var at = 0; at < utf8.Length; at++)
        {
            var character = (char)utf8[at];
            if (character >= 0x80)
            {
                // The two letters beyond ASCII that are an ASCII one in another case: the long s and the Kelvin sign.
                (character, var more) = utf8[at..].StartsWith("\u017F"u8) ? ('s', 1) : utf8[at..].StartsWith("\u212A"u8) ? ('k', 2) : ('\0', -1);
                if (more < 0)
                {
                    return 0;
                }

                at += more;
            }
            else if (!char.IsAsciiLetterOrDigit(character))
            {
                continue;
            }

            if (length == folded.Length)
            {
                return 0;
            }

            folded[length++] = char.ToLowerInvariant(character);
        }

        return length;
    }
}
