using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt usage tail</c>: a line a record as it is recorded, until interrupted, or until nobody reads them.</summary>
internal static class UsageTailCommand
{
    private static readonly TimeSpan ReaderLook = TimeSpan.FromSeconds(1);

    public static Command Create(KtEnvironment environment)
    {
        var filters = new SpendFilterOptions(withMark: true);
        var tag = UsageCommand.Tag();
        var last = NumberOption.Create("--last", "Begin with so many of the newest records, 0 to 100.", 0, 100, 10);
        var output = CommonOptions.Output();
        return new Command("tail", "Usage records as they are recorded; json is one object a line. Ends with Ctrl+C.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var path = Query.Path(
                    "v1/usage/tail",
                    [.. filters.Read(parsed), .. UsageCommand.Tags(parsed, tag), ("last", parsed.GetValue(last).ToString(CultureInfo.InvariantCulture))]);
                var printer = environment.Printer(parsed.GetValue(output));
                using var unread = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                var watch = WatchReaderAsync(environment, unread);
                try
                {
                    await PrintAsync(api, environment, printer, path, unread.Token);
                }
                catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
                {
                    // Whoever was piped to has had enough, as head -1.
                }
                finally
                {
                    await unread.CancelAsync();
                    await watch;
                }

                return ExitCodes.Ok;
            },
            [.. filters.All, tag, last, output]);
    }

    private static async Task PrintAsync(ApiClient api, KtEnvironment environment, Printer printer, string path, CancellationToken cancellation)
    {
        await using var stream = await api.OpenAsync(path, cancellation);
        await foreach (var item in Ndjson.ReadAsync(stream, cancellation))
        {
            if (item.TryGetProperty("ended", out var ended))
            {
                throw Problem.Read(ended.GetProperty("status").GetInt32(), "application/problem+json", ended.GetRawText());
            }

            Print(environment, printer, item);
        }
    }

    /// <summary>A tail has no end of its own: one that nobody reads would hold its connection for good, and nobody would see it.</summary>
    private static async Task WatchReaderAsync(KtEnvironment environment, CancellationTokenSource unread)
    {
        while (environment.IsRead())
        {
            try
            {
                await Task.Delay(ReaderLook, unread.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        await unread.CancelAsync();
    }

    private static void Print(KtEnvironment environment, Printer printer, JsonElement item)
    {
        if (item.TryGetProperty("left_out", out _))
        {
            environment.Error.WriteLine("… more was recorded than is shown here: filter, or see kt usage list.");
        }
        else if (printer.IsJson)
        {
            printer.Line(item.GetRawText());
        }
        else
        {
            var tokens = item.GetProperty("tokens");
            printer.Line(
                $"{item.Time("occurred_at")}  {item.Text("team_id"),-20}  {Show.OrAll(item.Text("workload"), "–"),-12}  {item.Text("model"),-24}  {item.Text("outcome"),-13}  "
                + $"{tokens.Count("input"),9} in  {tokens.Count("output"),7} out  {UsageCommand.Cost(item),14}  {item.Text("attempt_id")}{Show.Prefixed("  ", item.Text("mark"))}");
        }
    }
}
