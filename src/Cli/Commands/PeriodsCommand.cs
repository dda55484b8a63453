using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt periods list|close</c>: billing months.</summary>
internal static class PeriodsCommand
{
    private static readonly string[] Columns = ["period", "state", ">booked", ">calls", ">of it late", ">unpriced", "zone", "closed", "by"];

    public static Command Create(KtEnvironment environment) => new("periods", "Billing months, and their close.") { List(environment), Close(environment) };

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "Closed months and those since, newest first, with what is booked in each.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(api, parsed.GetValue(output), "v1/periods", cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(answer.RootElement, Columns.In(answer.RootElement.GetProperty("periods"), "booked", "of it late"), "periods", period =>
                [
                    period.Text("period"), period.Text("state"), period.Exact("cost"), period.Count("calls"), period.Exact("late_cost"),
                    period.Count("unpriced_records"), period.Text("time_zone"), period.Time("closed_at"), period.Text("closed_by"),
                ]);
                return ExitCodes.Ok;
            },
            output);
    }

    /// <summary>The earlier months that were not closed yet, which are so too from now on. Names of months sort as months do.</summary>
    private static string WithIt(JsonDocument before, string closed)
    {
        var months = before.RootElement.GetProperty("periods").EnumerateArray().Where(period => period.Text("state") != "closed").Select(period => period.Text("period"))
            .Where(month => string.CompareOrdinal(month, closed) < 0).Order(StringComparer.Ordinal).ToList();
        return months.Count == 0 ? "" : $", and with it {string.Join(", ", months)}";
    }

    private static Command Close(KtEnvironment environment)
    {
        var month = DateOption.MonthArgument("period", "The month, such as 2026-06. The months before it are closed with it.");
        var zone = CommonOptions.Text("--time-zone", "IANA name of the zone whose month it is. Default: of the closes before, else UTC.");
        var dryRun = new Option<bool>("--dry-run") { Description = "Say which months it would close, with what is booked in them; none is closed." };
        var output = CommonOptions.Output();
        return new Command("close", "Closes a month for good: what is recorded of it later is booked in the next open month.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var before = await api.GetAsync("v1/periods", cancellation);
                if (parsed.GetValue(dryRun))
                {
                    return PeriodClosePreview.Show(environment, parsed.GetValue(output), before.RootElement, parsed.GetRequiredValue(month), parsed.GetValue(zone));
                }

                using var answer = await api.PostAsync(
                    $"v1/periods/{Uri.EscapeDataString(parsed.GetRequiredValue(month))}/close", body => body.WriteOptional("time_zone", parsed.GetValue(zone)), cancellation);
                var period = answer.RootElement;
                environment.Answer(
                    parsed.GetValue(output), answer,
                    $"{period.Text("period")} is closed with {period.Exact("cost")} {period.Text("currency")} of {period.Counted("calls", "call")}{WithIt(before, period.Text("period"))}"
                    + (period.Text("unpriced_records") == "0" ? "." : $"; {period.Counted("unpriced_records", "record")} had no price; the cost will be booked when it comes."));
                return ExitCodes.Ok;
            },
            month, zone, dryRun, output);
    }
}
