using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>What of a bill is to be compared, and how.</summary>
/// <param name="Days">Null: all days that the bill covers.</param>
/// <param name="WithHistory">Imported usage too, which the gateway never saw.</param>
internal sealed record BillRequest(string Provider, Bill Bill, (DateOnly From, DateOnly To)? Days, BillMapping Mapping, BillTolerance Tolerance, bool WithHistory);

/// <summary>
/// Reads our side of a bill at one watermark: open attempts first, so that what ends meanwhile was open at the watermark; then the records, in one query, a little
/// beyond the days' ends for calls near midnight.
/// </summary>
internal sealed class BillReader(ApiClient api)
{
    public async Task<BillReconciliation> ReadAsync(BillRequest request, CancellationToken cancellation)
    {
        var days = DaysOf(request);
        var to = Midnight(days.Max.AddDays(1)) + RecordBook.Edge;
        using var answer = await api.GetAsync("v1/whoami", cancellation);
        var watermark = answer.RootElement.GetProperty("server_time").GetDateTimeOffset();
        var open = await OpenAsync(request, days, to, cancellation);
        var book = new RecordBook(request.Bill.By, request.Bill.HasModels, request.Mapping);
        await using var usage = await UsageLeg.OpenAsync(api, Midnight(days.Min), RecordBook.Edge, to, watermark, cancellation);
        await foreach (var record in Ndjson.ReadAsync(usage.Rows, cancellation))
        {
            if (record.Text("provider") == request.Provider && (request.WithHistory || record.Text("funding") != "history"))
            {
                book.Add(record);
            }
        }

        return BillReconciliation.Conclude(request.Provider, request.Bill, days, book.Close(), open, request.Mapping, request.Tolerance, watermark) with
        {
            NotCovered = NotCovered(request, DateOnly.FromDateTime(watermark.UtcDateTime)),
            InPart = [.. days.Where(day => request.Bill.CoveredOf(day) < TimeSpan.FromDays(1))],
            HasMargin = usage.HasMargin,
        };
    }

    private static SortedSet<DateOnly> DaysOf(BillRequest request)
    {
        var covered = request.Bill.Days;
        if (covered.Count == 0)
        {
            throw new KtError(ExitCodes.Failed, "The files have no bucket, so they cover no day.");
        }

        var (from, to) = request.Days ?? (covered.Min, covered.Max.AddDays(1));
        var days = new SortedSet<DateOnly>(covered.Where(day => day >= from && day < to));
        if (days.Count == 0)
        {
            throw new KtError(ExitCodes.Failed, $"The bill covers {BillText.Day(covered.Min)} to {BillText.Day(covered.Max)}, and none of the days that are asked for.");
        }

        return days;
    }

    private static List<DateOnly> NotCovered(BillRequest request, DateOnly today)
    {
        var covered = request.Bill.Days;
        var (from, to) = request.Days ?? (covered.Min, covered.Max.AddDays(1));
        var missing = new List<DateOnly>();
        for (var day = from; day < to && day < today; day = day.AddDays(1))
        {
            if (!covered.Contains(day))
            {
                missing.Add(day);
            }
        }

        return missing;
    }

    /// <summary>Those of other providers are on other bills; one that does not say whose it is may be on this one.</summary>
    private async Task<List<OpenAttempt>> OpenAsync(BillRequest request, SortedSet<DateOnly> days, DateTimeOffset to, CancellationToken cancellation)
    {
        var open = new List<OpenAttempt>();
        await using var stream = await api.OpenAsync(Query.Path("v1/reconciliation/open-holds", ("to", BillText.Time(to))), cancellation);
        await foreach (var hold in Ndjson.ReadAsync(stream, cancellation))
        {
            var day = DateOnly.FromDateTime(hold.GetProperty("occurred_at").GetDateTimeOffset().UtcDateTime);
            if (days.Contains(day) && hold.Text("provider") is var of && (of.Length == 0 || of == request.Provider))
            {
                var name = request.Bill.By == BillBy.Model ? "" : request.Mapping.NameOf(hold, request.Bill.By) is { Length: > 0 } known ? known : null;
                open.Add(new OpenAttempt(
                    hold.Text("attempt_id"), day, name, hold.Text("model"), hold.Amount("reserved") ?? default, hold.Text("state"), hold.Text("reason")));
            }
        }

        return open;
    }

    private static DateTimeOffset Midnight(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
