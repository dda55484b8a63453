using System.Buffers;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Wire;

/// <summary>
/// The answer as server-sent events: 1. headers and start; 2. an event a token until the end, the cut, or the client has gone;
/// 3. the invoice line of what was generated; 4. the cut, or what comes after the last token.
/// </summary>
internal sealed class StreamedAnswer(HttpContext context, Shape shape, Call call, Invoice invoice, TimeProvider time)
{
    // Without an interval tokens are sent in blocks of about this size rather than one by one.
    private const int BlockBytes = 8 * 1024;

    private readonly AnswerBody body = new(context, call.Fault, time);
    private readonly StreamEvents events = shape.Stream(call);

    // A field, so that the invoice knows the count however generation ends.
    private int generated;

    public async Task WriteAsync()
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        events.WriteStart(body.Writer);
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
            await CutAsync();
            return;
        }
        events.WriteEnd(body.Writer);
        if (call.Fault.ByteIntervalMs is not null)
        {
            // Otherwise the server flushes at the end of the request.
            await body.FlushAsync();
        }
    }

    /// <summary>Generates and sends tokens until the end, the cut, or the client has gone.</summary>
    private async Task GenerateAsync()
    {
        if (!await BeginAsync())
        {
            return;
        }
        var oneByOne = call.Fault.TokenIntervalMs > 0 || call.Fault.ByteIntervalMs is not null;
        while (generated < call.TokensBeforeEnd)
        {
            WriteNext();
            if ((oneByOne || body.UnflushedBytes >= BlockBytes) && !await body.FlushAsync())
            {
                return;
            }
            // The interval lies between two tokens: none after the last.
            if (oneByOne && generated < call.TokensBeforeEnd
                && !await Pause.ForAsync(call.Fault.TokenIntervalMs, time, body.ClientGone))
            {
                return;
            }
        }
        if (call.IsCut)
        {
            // What comes before the cut is delivered.
            await body.FlushAsync();
        }
    }

    /// <summary>What comes between the headers and the first token. False when the client has gone.</summary>
    private async ValueTask<bool> BeginAsync()
    {
        if (call.Fault.FirstTokenLatencyMs > 0
            && !(await body.FlushAsync() && await Pause.ForAsync(call.Fault.FirstTokenLatencyMs, time, body.ClientGone)))
        {
            return false;
        }
        if (body.PaddingBytes == 0)
        {
            return true;
        }
        body.Writer.Write(events.Padding.Head);
        var there = await body.WritePaddingAsync();
        body.Writer.Write(events.Padding.Tail);
        return there;
    }

    private void WriteNext()
    {
        if (generated == call.Fault.MalformedAfterTokens)
        {
            events.WriteMalformed(body.Writer);
        }
        if (generated >= call.HiddenTokens)
        {
            events.WriteToken(body.Writer, generated - call.HiddenTokens);
        }
        generated++;
    }

    private async Task CutAsync()
    {
        switch (call.CutBy)
        {
            case Cut.Close or Cut.Proxy:
                body.Close();
                break;
            case Cut.Reset:
                body.Reset();
                break;
            case Cut.Hang:
                await body.HangAsync();
                break;
            case Cut.Error:
                events.WriteError(body.Writer, shape.StreamError);
                break;
            case Cut.End:
                break;
        }
    }
}
