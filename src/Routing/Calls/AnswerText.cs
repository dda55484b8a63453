using System.IO.Compression;

namespace Platform.Routing.Calls;

/// <summary>
/// What an answer says, whatever stands around it: what was packed although the gateway asked for it as it is (<c>Accept-Encoding: identity</c>) is unpacked, a stream piece by piece, and a mark of the byte order at the beginning of
/// a plain one is taken away. Its usage could not be read otherwise, nor what kind of error it is, and in the results of work that waits, which are text, it would be lost.
/// </summary>
internal static class AnswerText
{
    private const string Coding = "Content-Encoding";

    /// <param name="body">As it came.</param>
    public static async Task<(byte[]? Body, AnswerLoss Loss)> ReadAsync(HttpResponseMessage answer, byte[] body, int maxBytes, AnswerRoom.Share share, AttemptTimer limit)
    {
        if (CodingOf(answer).Length > 0)
        {
            await using var unpacked = Unpack(answer, new MemoryStream(body));
            if (unpacked is null)
            {
                return (body, AnswerLoss.None);
            }

            var (whole, loss) = await AnswerReader.ReadAsync(unpacked, maxBytes, share, limit);
            if (whole is null)
            {
                return (null, loss);
            }

            answer.Content.Headers.Remove(Coding);
            body = whole;
        }

        return (body.AsSpan().StartsWith("\uFEFF"u8) ? body[3..] : body, AnswerLoss.None);
    }

    /// <summary>A stream as it is to be read: as it came where it is not packed, or in a way that is not known here.</summary>
    public static Stream Open(HttpResponseMessage answer, Stream source)
    {
        if (CodingOf(answer).Length == 0 || Unpack(answer, source) is not { } unpacked)
        {
            return source;
        }

        answer.Content.Headers.Remove(Coding);
        return unpacked;
    }

    /// <summary>As <see cref="Stream.ReadAsync(Memory{byte}, CancellationToken)"/>, of a stream that is unpacked.</summary>
    /// <exception cref="IOException">Also when it is not packed as it says.</exception>
    public static async ValueTask<int> ReadUnpackedAsync(Stream unpacked, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await unpacked.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
        {
            throw new IOException("The provider's stream is not packed as it says.", exception);
        }
    }

    /// <summary>
    /// False where it cannot be an answer to a call, whatever its status: nothing at all, a page such as a proxy's or a portal's, a word. One that came as a stream under another type's name is one, and so may one be that is packed in a
    /// way that only its caller knows.
    /// </summary>
    public static bool IsAnswer(HttpResponseMessage answer, ReadOnlySpan<byte> body)
    {
        var text = body.TrimStart(" \t\r\n"u8);
        return text is [(byte)'{' or (byte)'[' or (byte)':', ..] || text.StartsWith("data:"u8) || text.StartsWith("event:"u8) || text.StartsWith("id:"u8) || (text.Length > 0 && CodingOf(answer).Length > 0);
    }

    private static string CodingOf(HttpResponseMessage answer) =>
        answer.Content.Headers.NonValidated.TryGetValues(Coding, out var values) && values.ToString().Trim().ToLowerInvariant() is var coding && coding != "identity" ? coding : "";

    /// <summary>Null: it is packed in a way that is not known here, or in several.</summary>
    private static Stream? Unpack(HttpResponseMessage answer, Stream packed) => CodingOf(answer) switch
    {
        "gzip" or "x-gzip" => new GZipStream(packed, CompressionMode.Decompress),
        "br" => new BrotliStream(packed, CompressionMode.Decompress),
        "deflate" => new ZLibStream(packed, CompressionMode.Decompress),
        _ => null,
    };
}
