using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt usage republish</c>: tells Wallet once more of what was recorded since a moment, after its ledger was set back.</summary>
internal static class UsageRepublishCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var since = DateOption.Moment("--since", "Of what was recorded from this date or time on: before all that was not posted at the moment that the ledger was set back to, such as a day earlier.");
        since.Required = true;
        var until = DateOption.Moment("--until", "Of what was recorded before this date or time. Default: now.");
        var keptOnly = new Option<bool>("--kept-only") { Description = "Tell of what is kept, though retention has dropped usage that was recorded in that time: of that nothing can be told." };
        var output = CommonOptions.Output();
        return new Command(
            "republish",
            "Tell Wallet, and nobody else, once more of recorded usage: after its database was restored, or failed over, to an older moment. What is posted is not posted again. Needs owner.").Does(
            async (parsed, cancellation) =>
            {
                var from = TimeOption.Read(parsed, since);
                var before = TimeOption.Read(parsed, until) ?? TimeOption.Text(environment.Time.GetUtcNow());
                using var api = environment.Connect();
                var (records, page) = (0L, "");
                do
                {
                    using var answer = await api.PostAsync("v1/usage/republish", body => Write(body, from, before, page, parsed.GetValue(keptOnly)), cancellation);
                    records += answer.RootElement.GetProperty("records").GetInt64();
                    page = answer.RootElement.Text("next_page_token");
                    if (page.Length > 0)
                    {
                        environment.Error.WriteLine($"{records:#,##0} records so far …");
                    }
                }
                while (page.Length > 0);

                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Line($$"""{"records":{{records}}}""");
                }
                else
                {
                    printer.Line($"{Show.Counted(records, "record")} told to Wallet once more. kt reconcile --wait 60 says whether all is posted.");
                }

                return ExitCodes.Ok;
            },
            since, until, keptOnly, output);
    }

    private static void Write(Utf8JsonWriter body, string? from, string before, string page, bool keptOnly)
    {
        body.WriteString("recorded_from", from);
        body.WriteString("recorded_before", before);
        body.WriteString("page_token", page);
        if (keptOnly)
        {
            body.WriteBoolean("kept_only", true);
        }
    }
}
