using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Generation;

namespace Platform.ProviderSimulator.Chat;

/// <summary>
/// The answer as server-sent events: 1. headers and role; 2. one chunk a token until the end, the cut, or the client has gone;
/// 3. the invoice line of what was generated; 4. after an undisturbed end: the finish, the usage if asked for, and <c>[DONE]</c>.
/// </summary>
internal sealed class StreamedAnswer(HttpContext context, Call call, Invoice invoice, TimeProvider time)
{
    // Without an interval tokens are sent in blocks of about this size rather than one by one.
    private const int BlockBytes = 8 * 1024;

    private readonly PipeWriter output = context.Response.BodyWriter;
    private readonly StreamChunks chunks = new(call);
    private readonly CancellationToken clientGone = context.RequestAborted;

    // A field, so that the invoice knows the count however generation ends.
    private int generated;

    public async Task WriteAsync()
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        chunks.WriteRole(output);
        try
        {
            await GenerateAsync();
        }
        finally
        {
            invoice.Append(call.Bill(generated));
        }
        if (generated < call.TokensBeforeEnd)
        {
            return;
        }
        if (call.IsCut)
        {
            Cut();
            return;
        }
        chunks.WriteEnd(output);
    }

    /// <summary>Generates and sends tokens until the end, the cut, or the client has gone.</summary>
    private async Task GenerateAsync()
    {
        if (call.Fault.FirstTokenLatencyMs > 0
            && !(await FlushAsync() && await Pause.ForAsync(call.Fault.FirstTokenLatencyMs, time, clientGone)))
        {
            return;
        }
        var oneByOne = call.Fault.TokenIntervalMs > 0;
        while (generated < call.TokensBeforeEnd)
        {
            chunks.WriteToken(output, OutputText.Token(call.Request.Seed, generated));
            generated++;
            if ((oneByOne || output.UnflushedBytes >= BlockBytes) && !await FlushAsync())
            {
                return;
            }
            // The interval lies between two tokens: none after the last.
            if (oneByOne && generated < call.TokensBeforeEnd
                && !await Pause.ForAsync(call.Fault.TokenIntervalMs, time, clientGone))
            {
                return;
            }
        }
        if (call.IsCut)
        {
            // What comes before the cut is delivered.
            await FlushAsync();
        }
    }

    /// <summary>
    /// Ends the connection in the middle of the body. Half-closing the socket, rather than resetting it, lets the client read all that
    /// was sent before, so that what it received is the same in every run; the end of the body that the server adds goes nowhere.
    /// </summary>
    private void Cut() => context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.Shutdown(SocketShutdown.Send);

    private async ValueTask<bool> FlushAsync()
    {
        // Without a token: a client that has gone shows in the result, not as an exception.
        var flushed = await output.FlushAsync(CancellationToken.None);
        return !flushed.IsCompleted && !flushed.IsCanceled && !clientGone.IsCancellationRequested;
    }
}
