using System.CommandLine;
using System.Globalization;
using Platform.Cli.Api;

namespace Platform.Cli.Commands;

/// <summary><c>kt budgets ack|snooze BUDGET</c>.</summary>
internal static class BudgetSilenceCommand
{
    public static Command CreateAcknowledge(KtEnvironment environment)
    {
        var id = BudgetsCommand.Budget();
        var note = CommonOptions.Text("--note", "What was made of it, for the history.");
        var output = CommonOptions.Output();
        return new Command("ack", "Mark all that is open in a budget's history as seen.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    BudgetsCommand.Path(parsed.GetRequiredValue(id), "/acknowledge"), body => body.WriteOptional("note", parsed.GetValue(note)), cancellation);
                return BudgetsCommand.Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            id, note, output);
    }

    public static Command CreateSnooze(KtEnvironment environment)
    {
        var id = BudgetsCommand.Budget();
        var until = DateOption.Moment("--until", "A date or time (2026-07-01, 2026-07-01T13:00:00Z).");
        var length = CommonOptions.Text("--for", "A length from now: 90s, 15m, 24h or 7d.");
        var end = new Option<bool>("--end") { Description = "End the snooze now: what was crossed meanwhile, and not acknowledged, is told." };
        var note = CommonOptions.Text("--note", "Why, for the history.");
        var output = CommonOptions.Output();
        var command = new Command("snooze", "Keep a budget silent; what it crosses until then is told at the end, if its period still runs and nobody has acknowledged it.").Does(
            async (parsed, cancellation) =>
            {
                var moment = parsed.GetValue(length) is { } given
                    ? environment.Time.GetUtcNow().AddSeconds(TimeOption.ReadSeconds("--for", given)).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
                    : TimeOption.Read(parsed, until);
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    BudgetsCommand.Path(parsed.GetRequiredValue(id), "/snooze"),
                    body =>
                    {
                        body.WriteOptional("until", moment);
                        body.WriteOptional("note", parsed.GetValue(note));
                    },
                    cancellation);
                return BudgetsCommand.Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            id, until, length, end, note, output);
        command.Validators.Add(result =>
        {
            if (new Option[] { until, length, end }.Count(option => result.GetResult(option) is { Implicit: false }) != 1)
            {
                result.AddError("Give one of --until, --for and --end.");
            }
        });
        return command;
    }
}
