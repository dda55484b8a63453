using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Wire;

/// <summary>The body of an answer on its way to the client: as fast as it goes, or a byte at a time; and how it can be broken off.</summary>
internal sealed class AnswerBody(HttpContext context, Fault fault, TimeProvider time)
{
    private const int BlockBytes = 64 * 1024;

    private readonly PipeWriter output = context.Response.BodyWriter;
    private readonly ArrayBufferWriter<byte>? held = fault.ByteIntervalMs is null ? null : new ArrayBufferWriter<byte>();

    /// <summary>Where the body is written to; it leaves with the next flush.</summary>
    public IBufferWriter<byte> Writer => held is null ? output : held;

    public long UnflushedBytes => held?.WrittenCount ?? output.UnflushedBytes;

    public CancellationToken ClientGone => context.RequestAborted;

    /// <summary>False when the client has gone.</summary>
    public ValueTask<bool> FlushAsync() => held is null ? FlushOutputAsync() : FlushByteByByteAsync(held);

    /// <summary>The bytes of the field that nobody asked for, with a comma behind it; 0: there is none.</summary>
    public long PaddingBytes =>
        fault.PaddingDepth is { } depth ? PaddingName.Length + (2L * depth) + 1
        : fault.PaddingBytes is { } bytes ? PaddingName.Length + bytes + 3L
        : 0;

    private static ReadOnlySpan<byte> PaddingName => "\"padding\":"u8;

    /// <summary>Writes that field. False when the client has gone.</summary>
    public async ValueTask<bool> WritePaddingAsync()
    {
        Writer.Write(PaddingName);
        if (fault.PaddingDepth is { } depth)
        {
            return await FillAsync((byte)'[', depth) && await FillAsync((byte)']', depth) && Comma();
        }
        Writer.Write("\""u8);
        var there = await FillAsync((byte)'x', fault.PaddingBytes ?? 0);
        Writer.Write("\""u8);
        return there && Comma();
    }

    /// <summary>
    /// Breaks the connection off in the middle of the body. Half-closing the socket, rather than resetting it, lets the client read all that
    /// was sent before, so that what it received is the same in every run; the end of the body that the server adds goes nowhere.
    /// </summary>
    public void Close() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Resets the connection.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        Socket.Dispose();
    }

    /// <summary>Says nothing more for as long as the client waits.</summary>
    public Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, time, ClientGone).ContinueWith(static _ => { }, TaskScheduler.Default);

    private Socket Socket => context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;

    private bool Comma()
    {
        Writer.Write(","u8);
        return true;
    }

    private async ValueTask<bool> FillAsync(byte with, int bytes)
    {
        while (bytes > 0)
        {
            var block = Math.Min(bytes, BlockBytes);
            Writer.GetSpan(block)[..block].Fill(with);
            Writer.Advance(block);
            bytes -= block;
            if (!await FlushAsync())
            {
                return false;
            }
        }
        return true;
    }

    private async ValueTask<bool> FlushByteByByteAsync(ArrayBufferWriter<byte> bytes)
    {
        for (var i = 0; i < bytes.WrittenCount; i++)
        {
            output.Write(bytes.WrittenSpan.Slice(i, 1));
            if (!await FlushOutputAsync() || !await Pause.ForAsync(fault.ByteIntervalMs, time, ClientGone))
            {
                return false;
            }
        }
        bytes.ResetWrittenCount();
        return true;
    }

    private async ValueTask<bool> FlushOutputAsync()
    {
        // Without a token: a client that has gone shows in the result, not as an exception.
        var flushed = await output.FlushAsync(CancellationToken.None);
        return !flushed.IsCompleted && !flushed.IsCanceled && !ClientGone.IsCancellationRequested;
    }
}
