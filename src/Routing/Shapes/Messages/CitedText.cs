using System.Buffers;
using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Messages;

/// <summary>
/// What a plain text counts beside itself when it may be cited: the provider parts it into its sentences first (https://platform.claude.com/docs/en/build-with-claude/citations). How, and what a sentence adds, is not published, so
/// each character that may end one is taken to.
/// </summary>
internal static class CitedText
{
    /// <summary>A generous guess: room for the names and numbers that mark where a sentence begins and ends.</summary>
    private const int MostPerSentence = 32;

    /// <summary>For estimates: many of the characters end none.</summary>
    private const int TypicalPerSentence = 8;

    /// <summary>Of Latin, Chinese and Japanese, Arabic and Urdu, Devanagari, Armenian, Ethiopic, Burmese, Khmer and Tibetan; and whatever ends a line.</summary>
    private static readonly SearchValues<char> Ends = SearchValues.Create(
        ".!?…‼⁇⁈⁉\u3002\uFF0E\uFF01\uFF1F\uFF61\uFE52\uFE56\uFE57\u061F\u06D4\u0964\u0965\u0589\u1362\u1367\u104A\u104B\u17D4\u17D5\u0F0D\u0F0E\n\v\f\r\u0085\u2028\u2029");

    /// <param name="text">Where it stands in the request's body, as a string of JSON.</param>
    /// <exception cref="InvalidOperationException">It is no Unicode.</exception>
    public static void Count(CallRequest request, ByteRange text)
    {
        var json = new Utf8JsonReader(request.Body.AsSpan(text.Start, text.End - text.Start));
        json.Read();
        var characters = ArrayPool<char>.Shared.Rent(text.End - text.Start);
        try
        {
            var rest = characters.AsSpan(0, json.CopyString(characters));
            var sentences = 1L;
            for (var at = rest.IndexOfAny(Ends); at >= 0; at = rest.IndexOfAny(Ends))
            {
                sentences++;
                rest = rest[(at + 1)..];
            }

            request.CountEstimated(MostPerSentence * sentences, TypicalPerSentence * sentences);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }
}
