using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.Options;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>
/// Tells identical prompts of a team apart from others without keeping any: the first 16 bytes of an HMAC-SHA256 over the team and the parts of the prompt. The key
/// follows from the services' own token, so replicas agree, and nobody without it can try prompts until a hash fits. White space between JSON's tokens and the
/// way that characters are escaped make no difference; everything that is not the prompt (model, caps, sampling) stays out.
/// </summary>
internal sealed class PromptHasher(IOptions<IdentityOptions> identity)
{
    private const int HashBytes = 16;

    /// <summary>Ends a text: no byte of UTF-8.</summary>
    private const byte End = 0xFF;

    private readonly byte[] _key = HMACSHA256.HashData(Encoding.UTF8.GetBytes(identity.Value.ServiceToken), "prompt hash"u8);

    /// <param name="request">Read before, so its JSON is valid.</param>
    public ByteString Hash(string teamId, CallRequest request)
    {
        ReadOnlySpan<byte> body = request.Body;
        var parts = request.PromptParts;
        var promptBytes = 0;
        foreach (var part in parts)
        {
            promptBytes += part.End - part.Start;
        }

        // Every token of JSON is at least as long as what is written of it, but for numbers of a digit, which have a comma.
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(teamId.Length) + (2 * promptBytes) + (4 * parts.Length));
        try
        {
            var length = Encoding.UTF8.GetBytes(teamId, buffer);
            foreach (var part in parts)
            {
                buffer[length++] = End;
                length += Write(body[part.Start..part.End], buffer.AsSpan(length));
            }

            Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
            HMACSHA256.HashData(_key, buffer.AsSpan(0, length), hash);
            return ByteString.CopyFrom(hash[..HashBytes]);
        }
        finally
        {
            // Prompts do not lie about in pools.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static int Write(ReadOnlySpan<byte> json, Span<byte> output)
    {
        if (json.IsEmpty)
        {
            return 0;
        }

        var reader = new Utf8JsonReader(json);
        var length = 0;
        while (reader.Read())
        {
            output[length++] = (byte)reader.TokenType;
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                length += WriteText(ref reader, output[length..]);
                output[length++] = End;
            }
            else if (reader.TokenType is JsonTokenType.Number)
            {
                reader.ValueSpan.CopyTo(output[length..]);
                length += reader.ValueSpan.Length;
                output[length++] = End;
            }
        }

        return length;
    }

    // A prompt that is no valid Unicode (half of a surrogate pair) is the provider's to refuse: it is hashed as it is written.
    private static int WriteText(ref Utf8JsonReader reader, Span<byte> output)
    {
        if (reader.ValueIsEscaped)
        {
            try
            {
                return reader.CopyString(output);
            }
            catch (InvalidOperationException)
            {
                // Below.
            }
        }

        reader.ValueSpan.CopyTo(output);
        return reader.ValueSpan.Length;
    }
}
