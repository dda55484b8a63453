using System.Buffers;

namespace Platform.Routing.Calls;

/// <summary>Why there is no answer.</summary>
internal enum AnswerLoss
{
    None,

    /// <summary>The provider broke off or was silent too long, or the attempt's time was over.</summary>
    BrokenOff,

    /// <summary>It has more bytes than are taken.</summary>
    TooLarge,

    /// <summary>Others had all room for large answers for too long.</summary>
    NoRoom,
}

/// <summary>Reads plain answers whole, on their attempt's time.</summary>
internal static class AnswerReader
{
    /// <summary>For an answer that says to be longer no more room is made until so much is there: then the rest is believed. Room that grows with it would be up to twice as much, and be copied each time.</summary>
    private const int LargestAtOnce = 1024 * 1024;

    private const int Piece = 4096;

    /// <summary>No body when anything of it is lost.</summary>
    /// <param name="share">Takes room for the body; it is its reader's to give back, when the body is not needed any more.</param>
    public static async Task<(byte[]? Body, AnswerLoss Loss)> ReadAsync(HttpResponseMessage answer, int maxBytes, AnswerRoom.Share share, AttemptTimer limit)
    {
        var length = answer.Content.Headers.ContentLength;
        if (length > maxBytes)
        {
            return (null, AnswerLoss.TooLarge);
        }

        try
        {
            await using var source = await answer.Content.ReadAsStreamAsync(limit.Token);
            return length is > 0 ? await ReadExactlyAsync(source, (int)length, share, limit) : await ReadToEndAsync(source, maxBytes, share, limit);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return (null, AnswerLoss.BrokenOff);
        }
    }

    /// <summary>Of what has been packed, which may be longer than it says; no body when it cannot be unpacked.</summary>
    public static async Task<(byte[]? Body, AnswerLoss Loss)> ReadAsync(Stream packed, int maxBytes, AnswerRoom.Share share, AttemptTimer limit)
    {
        try
        {
            return await ReadToEndAsync(packed, maxBytes, share, limit);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or IOException or OperationCanceledException)
        {
            return (null, AnswerLoss.BrokenOff);
        }
    }

    private static async Task<(byte[]? Body, AnswerLoss Loss)> ReadExactlyAsync(Stream source, int length, AnswerRoom.Share share, AttemptTimer limit)
    {
        var first = Math.Min(length, LargestAtOnce);
        if (!await share.TryGrowToAsync(first, limit))
        {
            return (null, AnswerLoss.NoRoom);
        }

        var whole = new byte[first];
        for (var read = 0; read < length;)
        {
            if (read == whole.Length)
            {
                if (!await share.TryGrowToAsync(length, limit))
                {
                    return (null, AnswerLoss.NoRoom);
                }

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

        return (whole, AnswerLoss.None);
    }

    private static async Task<(byte[]? Body, AnswerLoss Loss)> ReadToEndAsync(Stream source, int maxBytes, AnswerRoom.Share share, AttemptTimer limit)
    {
        var whole = new ArrayBufferWriter<byte>(Piece);
        while (true)
        {
            // It doubles when it is full.
            if (whole.FreeCapacity < Piece && !await share.TryGrowToAsync(Math.Min(2L * whole.Capacity, maxBytes), limit))
            {
                return (null, AnswerLoss.NoRoom);
            }

            var read = await source.ReadAsync(whole.GetMemory(Piece), limit.Token);
            if (read == 0)
            {
                return (whole.WrittenSpan.ToArray(), AnswerLoss.None);
            }

            limit.Progressed(hasToken: false);
            whole.Advance(read);
            if (whole.WrittenCount > maxBytes)
            {
                return (null, AnswerLoss.TooLarge);
            }
        }
    }
}
