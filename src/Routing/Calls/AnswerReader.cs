using System.Buffers;

namespace Platform.Routing.Calls;

/// <summary>Reads plain answers whole, on their attempt's time.</summary>
internal static class AnswerReader
{
    /// <summary>For an answer that says to be longer no more room is made until so much is there: then the rest is believed. Room that grows with it would be up to twice as much, and be copied each time.</summary>
    private const int LargestAtOnce = 1024 * 1024;

    /// <summary>No body when the provider broke off or was silent too long, or when it sends more bytes than are taken.</summary>
    public static async Task<(byte[]? Body, bool IsTooLarge)> ReadAsync(HttpResponseMessage answer, int maxBytes, AttemptTimer limit)
    {
        var length = answer.Content.Headers.ContentLength;
        if (length > maxBytes)
        {
            return (null, true);
        }

        try
        {
            await using var source = await answer.Content.ReadAsStreamAsync(limit.Token);
            return length is > 0 ? (await ReadExactlyAsync(source, (int)length, limit), false) : await ReadToEndAsync(source, maxBytes, limit);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return (null, false);
        }
    }

    private static async Task<byte[]> ReadExactlyAsync(Stream source, int length, AttemptTimer limit)
    {
        var whole = new byte[Math.Min(length, LargestAtOnce)];
        for (var read = 0; read < length;)
        {
            if (read == whole.Length)
            {
                Array.Resize(ref whole, length);
            }

            var piece = await source.ReadAsync(whole.AsMemory(read), limit.Token);
            if (piece == 0)
            {
                throw new IOException("The provider sent less than it had said.");
            }

            limit.Progressed(hasToken: false);
            read += piece;
        }

        return whole;
    }

    private static async Task<(byte[]? Body, bool IsTooLarge)> ReadToEndAsync(Stream source, int maxBytes, AttemptTimer limit)
    {
        var whole = new ArrayBufferWriter<byte>(4096);
        while (await source.ReadAsync(whole.GetMemory(4096), limit.Token) is var read and > 0)
        {
            limit.Progressed(hasToken: false);
            whole.Advance(read);
            if (whole.WrittenCount > maxBytes)
            {
                return (null, true);
            }
        }

        return (whole.WrittenSpan.ToArray(), false);
    }
}
