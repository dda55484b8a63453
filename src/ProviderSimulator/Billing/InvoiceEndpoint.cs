using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Billing;

/// <summary>
/// <c>GET /invoice?from=&amp;to=</c>: the lines as they were billed up to now, as NDJSON, restricted to
/// <c>from ≤ occurred_at &lt; to</c> where given (ISO 8601; without an offset UTC).
/// </summary>
internal static class InvoiceEndpoint
{
    private const int BlockBytes = 64 * 1024;

    public static async Task HandleAsync(HttpContext context, Invoice invoice)
    {
        if (!TryReadTime(context.Request, "from", DateTimeOffset.MinValue, out var from)
            || !TryReadTime(context.Request, "to", DateTimeOffset.MaxValue, out var to))
        {
            await OpenAiError.BadRequest("`from` and `to` are ISO 8601 times.").WriteAsync(context.Response);
            return;
        }
        context.Response.ContentType = "application/x-ndjson";
        var all = from == DateTimeOffset.MinValue && to == DateTimeOffset.MaxValue;
        await CopyAsync(invoice, context.Response.BodyWriter, line => all || Within(line, from, to), context.RequestAborted);
    }

    private static bool Within(ReadOnlyMemory<byte> line, DateTimeOffset from, DateTimeOffset to)
    {
        var occurredAt = InvoiceLine.ReadOccurredAt(line);
        return from <= occurredAt && occurredAt < to;
    }

    private static async Task CopyAsync(
        Invoice invoice, PipeWriter target, Func<ReadOnlyMemory<byte>, bool> wanted, CancellationToken cancellation)
    {
        // The end is taken once: an invoice that is being written to while it is read still ends.
        var end = invoice.Length;
        var block = new byte[BlockBytes];
        long position = 0;
        while (position < end)
        {
            var read = invoice.Read(position, end, block);
            var rest = new ReadOnlyMemory<byte>(block, 0, read);
            for (var feed = rest.Span.IndexOf((byte)'\n'); feed >= 0; feed = rest.Span.IndexOf((byte)'\n'))
            {
                if (wanted(rest[..feed]))
                {
                    target.Write(rest.Span[..(feed + 1)]);
                }
                rest = rest[(feed + 1)..];
            }
            // A line that the block cut in two is read again with the next block; none is longer than a request header plus its figures.
            position += read - rest.Length;
            await target.FlushAsync(cancellation);
        }
    }

    private static bool TryReadTime(HttpRequest request, string name, DateTimeOffset absent, out DateTimeOffset time)
    {
        var text = request.Query[name].ToString();
        time = absent;
        return text.Length == 0 || DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }
}
