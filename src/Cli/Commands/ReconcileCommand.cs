using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Output;
using Platform.Cli.Reconcile;
using Platform.Cli.Reconcile.Bills;

namespace Platform.Cli.Commands;

/// <summary>
/// <c>kt reconcile</c>: provider bill = usage records = ledger entries = exported bytes, per attempt, at one watermark; with <c>--file</c> a downloaded bill against
/// the records, by day, key or project, and model. Exit code 0 equal, 1 different, 2 still open.
/// </summary>
internal static class ReconcileCommand
{
    private const int DefaultDays = 30;
    private const int DefaultWaitSeconds = 60;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Create(KtEnvironment environment)
    {
        var from = DateOption.Moment("--from", "From this date or time on (UTC). Default: 30 days back.");
        var to = DateOption.Moment("--to", "Before this date or time (UTC). Default: now.");
        var invoice = CommonOptions.Text("--invoice", "The provider's bill as NDJSON. Default: KEEPTRUSTS_INVOICE_URL.");
        var wait = new Option<int?>("--wait")
        {
            Description = "Try again until nothing is open, for so many seconds (60 without a number).",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => result.Tokens.Count == 0
                ? DefaultWaitSeconds
                : int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : Refuse(result),
        };
        var bucket = CommonOptions.Text("--s3-bucket", "Where the window is exported to, below kt-reconcile/. Default: a bucket kt-reconcile, which Amazon's S3 needs Export__S3__ExpectedBucketOwner for.");
        var bill = new ReconcileBillOptions();
        var output = CommonOptions.Output();
        return new Command(
            "reconcile",
            "The four-way check: bill, meter, ledger and export, per attempt. With --file: a downloaded bill against the records, by day, key or project, and model. Exit code 0 equal, 1 different, 2 still open.").Does(
            async (parsed, cancellation) =>
            {
                if (bill.HasFiles(parsed))
                {
                    return parsed.GetValue(invoice) is null && parsed.GetValue(wait) is null && parsed.GetValue(bucket) is null
                        ? await RunBillAsync(environment, bill.Read(parsed, parsed.GetValue(from), parsed.GetValue(to)), parsed.GetValue(output), cancellation)
                        : throw new KtError(ExitCodes.Usage, "--invoice, --wait and --s3-bucket are for the check by attempt: leave them out with --file.");
                }

                bill.RefuseWithoutFiles(parsed);
                using var api = environment.Connect();
                var reader = new LegReader(api, parsed.GetValue(invoice) ?? environment.Settings().InvoiceUrl, parsed.GetValue(bucket));
                var end = TimeOption.Moment("--to", parsed.GetValue(to)) ?? await reader.NowAsync(cancellation);
                var begin = TimeOption.Moment("--from", parsed.GetValue(from)) ?? end - TimeSpan.FromDays(DefaultDays);
                if (begin >= end)
                {
                    throw new KtError(ExitCodes.Usage, "--from must lie before --to.");
                }

                var reconciliation = await ReadAsync(environment, reader, begin, end, TimeSpan.FromSeconds(parsed.GetValue(wait) ?? 0), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    using var document = JsonDocument.Parse(ReconciliationJson.Write(reconciliation));
                    printer.Json(document.RootElement);
                }
                else
                {
                    ReconciliationPrinter.Print(printer, reconciliation);
                }

                return reconciliation.ExitCode;
            },
            [from, to, wait, invoice, bucket, .. bill.Symbols, output]);
    }

    private static async Task<int> RunBillAsync(KtEnvironment environment, BillRequest request, OutputFormat format, CancellationToken cancellation)
    {
        using var api = environment.Connect();
        var reconciliation = await new BillReader(api).ReadAsync(request, cancellation);
        if (!reconciliation.HasMargin)
        {
            environment.Error.WriteLine(
                $"What occurred before {BillText.Day(reconciliation.Days.First())} is no longer kept: calls that were made in the minutes before that midnight and billed after it are differences of its first minutes.");
        }

        var printer = environment.Printer(format);
        if (printer.IsJson)
        {
            using var document = JsonDocument.Parse(BillReconciliationJson.Write(reconciliation));
            printer.Json(document.RootElement);
        }
        else
        {
            BillReconciliationPrinter.Print(printer, reconciliation);
        }

        return reconciliation.ExitCode;
    }

    // The window stays as it is; each try reads at a new watermark, so what was on its way arrives.
    private static async Task<Reconciliation> ReadAsync(
        KtEnvironment environment, LegReader reader, DateTimeOffset from, DateTimeOffset to, TimeSpan wait, CancellationToken cancellation)
    {
        var started = environment.Time.GetTimestamp();
        while (true)
        {
            var isLastTry = environment.Time.GetElapsedTime(started) >= wait;
            var (reconciliation, open) = await reader.ReadAsync(from, to, isLastTry, cancellation);
            if (reconciliation is not null && (open == 0 || isLastTry))
            {
                return reconciliation;
            }

            environment.Error.WriteLine($"{open} attempts are open; trying again.");
            await Task.Delay(Interval, environment.Time, cancellation);
        }
    }

    private static int? Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError("--wait takes a number of seconds.");
        return null;
    }
}
