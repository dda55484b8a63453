using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Reconcile;

/// <summary>
/// Reads the legs from their primary sources at one watermark. Open holds come first: whatever ends while the others are read was open at the watermark. Every leg
/// that knows the gateway's clock reaches a little beyond both ends of the window, because the provider's clock places a call somewhat later or earlier.
/// </summary>
/// <param name="bucket">Where the export is written, below a prefix of its own; null: to a bucket of its own.</param>
internal sealed class LegReader(ApiClient api, string? invoiceUrl, string? bucket)
{
    private const string Own = "kt-reconcile";
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Everything but the export first: it costs the platform a file of the whole window that stays, so it is not made while other legs have attempts that are open in
    /// any case.
    /// </summary>
    /// <param name="isLastTry">The export is made even so.</param>
    /// <returns>The outcome, or null with how many attempts are open.</returns>
    public async Task<(Reconciliation? Outcome, int Open)> ReadAsync(DateTimeOffset from, DateTimeOffset to, bool isLastTry, CancellationToken cancellation)
    {
        var (watermark, currency) = await WhoAmIAsync(cancellation);
        var book = new AttemptBook(from, to, watermark, currency);
        await HoldsAsync(book, to + Margin, cancellation);
        await BillAsync(book, from - Margin, to + Margin, cancellation);
        var (unpriced, hasMargin) = await MeterAsync(book, from, to + Margin, watermark, cancellation);

        // The ledger keeps what the meter does not, and knows calls of before the window by the same clock.
        await LedgerAsync(book, hasMargin ? from : from - Margin, to, cancellation);
        var open = isLastTry ? 0 : Reconciliation.CountOpenWithoutExport(book, watermark, invoiceUrl is not null);
        if (open > 0)
        {
            return (null, open);
        }

        await ExportAsync(book, from, to, cancellation);
        var outcome = Reconciliation.Conclude(book, from, to, watermark, invoiceUrl is not null, unpriced);
        return (outcome, outcome.Open.Count);
    }

    /// <summary>The platform's clock, which is the one that its records carry.</summary>
    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellation) => (await WhoAmIAsync(cancellation)).Now;

    private async Task<(DateTimeOffset Now, string Currency)> WhoAmIAsync(CancellationToken cancellation)
    {
        using var answer = await api.GetAsync("v1/whoami", cancellation);
        return (answer.RootElement.GetProperty("server_time").GetDateTimeOffset(), answer.RootElement.Text("currency"));
    }

    private async Task HoldsAsync(AttemptBook book, DateTimeOffset to, CancellationToken cancellation)
    {
        await using var stream = await api.OpenAsync(Query.Path("v1/reconciliation/open-holds", ("to", Text(to))), cancellation);
        await foreach (var row in Ndjson.ReadAsync(stream, cancellation))
        {
            book.AddOpenHold(row.Text("attempt_id"), row.Text("team_id"), row.Text("model"), row.Text("state"), row.Text("reason"), Moment(row, "occurred_at"));
        }
    }

    private async Task BillAsync(AttemptBook book, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        if (invoiceUrl is null)
        {
            return;
        }

        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        var separator = invoiceUrl.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        using var answer = await http.GetAsync(
            $"{invoiceUrl}{separator}from={Uri.EscapeDataString(Text(from))}&to={Uri.EscapeDataString(Text(to))}", HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!answer.IsSuccessStatusCode)
        {
            throw new KtError(ExitCodes.Unavailable, $"The provider's bill at {invoiceUrl} answered {(int)answer.StatusCode}.");
        }

        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        await foreach (var row in Ndjson.ReadAsync(stream, cancellation))
        {
            book.AddBill(
                row.Text("attempt_id"), row.Text("upstream_key"), row.Text("model"), Cost(row), Moment(row, "occurred_at"), row.Text("currency").ToUpperInvariant());
        }
    }

    private async Task<(int Unpriced, bool HasMargin)> MeterAsync(AttemptBook book, DateTimeOffset from, DateTimeOffset to, DateTimeOffset watermark, CancellationToken cancellation)
    {
        var unpriced = new UnpricedRecords<string>();
        await using var leg = await UsageLeg.OpenAsync(api, from, Margin, to, watermark, cancellation);
        await foreach (var row in Ndjson.ReadAsync(leg.Rows, cancellation))
        {
            var isInWindow = book.AddMeter(
                row.Text("record_id"), row.Text("attempt_id"), row.Text("team_id"), row.Text("model"), row.Text("funding"), row.Text("upstream_key"), Cost(row),
                Moment(row, "occurred_at"), Moment(row, "recorded_at"), isCorrection: row.Text("corrects_record_id").Length > 0);
            unpriced.Add(row, row.Text("record_id"), isInWindow);
        }

        return (unpriced.Close().Count, leg.HasMargin);
    }

    private async Task LedgerAsync(AttemptBook book, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        await using var stream = await api.OpenAsync(Query.Path("v1/reconciliation/postings", ("from", Text(from)), ("to", Text(to))), cancellation);
        await foreach (var row in Ndjson.ReadAsync(stream, cancellation))
        {
            book.AddPosting(
                row.Text("posting_id"), row.Text("attempt_id"), row.Text("team_id"), row.Text("model"), row.Text("funding"), Cost(row),
                Moment(row, "occurred_at"), Moment(row, "recorded_at"));
        }
    }

    private async Task ExportAsync(AttemptBook book, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        using var run = await api.PostAsync(
            "v1/exports/runs",
            body =>
            {
                body.WriteString("from", Text(from));
                body.WriteString("to", Text(to));
                body.WriteString("s3_bucket", bucket ?? Own);
                body.WriteOptional("s3_prefix", bucket is null ? null : Own);
            },
            cancellation);
        if (run.RootElement.Text("state") != "completed")
        {
            throw new KtError(ExitCodes.Failed, $"The export run {run.RootElement.Text("run_id")} did not complete: {run.RootElement.Text("error")}");
        }

        foreach (var file in run.RootElement.GetProperty("files").EnumerateArray())
        {
            var path = Query.Path($"v1/exports/runs/{run.RootElement.Text("run_id")}/download", ("billing_period", file.Text("billing_period")));
            await using var stream = await api.OpenAsync(path, cancellation);
            await foreach (var row in ExportFile.ReadAsync(stream, cancellation))
            {
                book.AddExport(
                    row.Text("attempt_id"), row.Text("team_id"), row.Text("model_served"), row.Text("funding"), Cost(row), Moment(row, "occurred_at"),
                    Moment(row, "recorded_at"));
            }
        }
    }

    private static Money Cost(JsonElement row) => row.Amount("cost") ?? Money.Zero;

    private static DateTimeOffset Moment(JsonElement row, string name) => row.GetProperty(name).GetDateTimeOffset();

    private static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
