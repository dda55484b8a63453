using System.Buffers;
using System.Text.Json;

namespace Platform.ProviderSimulator.Generation;

/// <summary>
/// What the model would say, token by token: words by the seed, or a JSON value (a structured answer, a tool's arguments) of which a token is four bytes.
/// </summary>
internal sealed class Speech
{
    private const int BytesPerToken = 4;

    private readonly ulong seed;
    private readonly byte[]? json;

    private Speech(ulong seed, byte[]? json) => (this.seed, this.json) = (seed, json);

    /// <summary>Tokens if nothing capped it.</summary>
    public int Tokens => json is null ? OutputText.DefaultTokens(seed) : (json.Length + BytesPerToken - 1) / BytesPerToken;

    /// <summary>Whether it can be made to say more or less than it would.</summary>
    public bool IsWords => json is null;

    public static Speech Words(ulong seed) => new(seed, null);

    /// <summary>A value of this schema.</summary>
    public static Speech Of(JsonElement? schema, ulong seed)
    {
        // The default encoder leaves nothing but ASCII, so a value can be cut anywhere.
        var json = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(json))
        {
            new SchemaValue(schema ?? default, seed).Write(writer);
        }
        return new Speech(seed, json.WrittenSpan.ToArray());
    }

    /// <summary>The bytes of one token, ASCII; of a JSON value they may need escaping within a string.</summary>
    public ReadOnlySpan<byte> Token(int index) =>
        json is null ? OutputText.Token(seed, index)
        : index < Tokens ? json.AsSpan(index * BytesPerToken, Math.Min(BytesPerToken, json.Length - (index * BytesPerToken)))
        : " "u8;

    /// <summary>The bytes of the first tokens, the same as they put together.</summary>
    public byte[] All(int tokens)
    {
        var length = 0;
        for (var i = 0; i < tokens; i++)
        {
            length += Token(i).Length;
        }
        var text = new byte[length];
        var rest = text.AsSpan();
        for (var i = 0; i < tokens; i++)
        {
            var token = Token(i);
            token.CopyTo(rest);
            rest = rest[token.Length..];
        }
        return text;
    }
}
