using System.Text.Json;

namespace Platform.Routing.Shapes;

/// <summary>How answers are read. They repeat what was asked, tools with their schemas above all, and a stream's events have that one level deeper: an answer that could not be read for its depth would have no usage.</summary>
internal static class AnswerJson
{
    /// <summary>Requests are read to a depth of 64, that of <see cref="Utf8JsonReader"/>; it reads without recursion, so this costs nothing but a bit a level.</summary>
    private const int DeepestAnswer = 1_024;

    public static Utf8JsonReader Reader(ReadOnlySpan<byte> json) => new(json, new JsonReaderOptions { MaxDepth = DeepestAnswer });

    /// <param name="reader">At a value, and stays there: it is a copy.</param>
    public static bool HasElements(Utf8JsonReader reader) => reader.TokenType == JsonTokenType.StartArray && reader.Read() && reader.TokenType != JsonTokenType.EndArray;
}
