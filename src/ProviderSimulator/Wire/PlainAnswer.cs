using System.Buffers;
using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Wire;

/// <summary>The answer in one JSON body.</summary>
internal static class PlainAnswer
{
    public static async Task WriteAsync(HttpContext context, Shape shape, Call call, Invoice invoice, TimeProvider time)
    {
        // Billed first: an answer that the client has is never missing from the invoice, whatever happens to this process.
        invoice.Append(call.Bill(call.TokensBeforeEnd));
        var answer = new AnswerBody(context, call.Fault, time);
        if (call.IsCut)
        {
            await CutAsync(context, shape, call, answer);
            return;
        }
        var body = new ArrayBufferWriter<byte>(1536);
        using (var writer = new Utf8JsonWriter(body))
        {
            shape.WritePlain(writer, call);
        }
        await SendAsync(context, call, answer, call.Fault.MalformedAfterTokens is null ? body.WrittenMemory : body.WrittenMemory[..(body.WrittenCount / 2)]);
    }

    private static async Task SendAsync(HttpContext context, Call call, AnswerBody answer, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length + answer.PaddingBytes;
        if (answer.PaddingBytes > 0)
        {
            answer.Writer.Write(body.Span[..1]);
            body = body[1..];
            if (!await answer.WritePaddingAsync())
            {
                return;
            }
        }
        answer.Writer.Write(body.Span);
        if (call.Fault.ByteIntervalMs is not null || answer.PaddingBytes > 0)
        {
            // Otherwise the server sends all of it at the end of the request.
            await answer.FlushAsync();
        }
    }

    private static async Task CutAsync(HttpContext context, Shape shape, Call call, AnswerBody answer)
    {
        switch (call.CutBy)
        {
            case Cut.Reset:
                answer.Reset();
                break;
            case Cut.Hang:
                await answer.HangAsync();
                break;
            case Cut.Error:
                await shape.Fault(StatusCodes.Status500InternalServerError).WriteAsync(context.Response);
                break;
            case Cut.Proxy:
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<html><body><h1>503 Service Unavailable</h1></body></html>");
                break;
            default:
                context.Abort();
                break;
        }
    }
}
