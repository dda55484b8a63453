using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets allocations plan|list|cancel</c>.</summary>
internal static class WalletAllocationsCommand
{
    private static readonly string[] Columns = ["allocation", "wallet", ">amount", "recurrence", "state", "due", "at end", ">left now", "period ends", "description"];

    public static Command Create(KtEnvironment environment) =>
        new("allocations", "Planned allocations, and those whose money has an end.") { Plan(environment), List(environment), Cancel(environment) };

    private static Command Plan(KtEnvironment environment)
    {
        var owner = new OwnerOptions("The team that gets the money.");
        var amount = new AmountOptions("How much; of a monthly one, each month.");
        var period = new PeriodOptions();
        var monthly = new Option<bool>("--monthly") { Description = "For each calendar month of the time zone; each period ends with its month." };
        var startsAt = DateOption.Moment("--starts-at", "When it takes effect: a date or a time to come; at once by default.");
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        return new Command("plan", "Plan an allocation for a date or for each month.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var currency = await CurrencyOption.ReadAsync(parsed, amount.Currency, api, cancellation);
                using var answer = await repeatable.PostAsync(
                    environment, api, parsed, "v1/wallets/allocations",
                    body =>
                    {
                        owner.Write(parsed, body);
                        amount.Write(parsed, body, currency);
                        body.WriteOptional("recurrence", parsed.GetValue(monthly) ? "monthly" : null);
                        body.WriteOptional("starts_at", parsed.GetValue(startsAt));
                        period.Write(parsed, body);
                    },
                    cancellation);
                Show(environment.Printer(parsed.GetValue(output)), answer.RootElement);
                return ExitCodes.Ok;
            },
            owner.Team, owner.User, owner.Application, amount.Amount, amount.Currency, amount.Description, monthly, startsAt, period.EndsAt, period.AtEnd,
            period.TimeZone, repeatable.Option, output);
    }

    private static Command List(KtEnvironment environment)
    {
        var wallet = CommonOptions.Text("--wallet", "Only this wallet's: its id, or a team's.");
        var team = CommonOptions.Text("--team", "Only those of this team's wallet and of its users' and applications'.");
        var all = new Option<bool>("--all") { Description = "Also those that are over." };
        var page = CommonOptions.Text("--page", "Only the page that a page token names; all by default.");
        var output = CommonOptions.Output();
        return new Command("list", "Planned allocations and those with a running period, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var id = parsed.GetValue(wallet);
                (string, string?)[] query =
                [
                    ("wallet_id", string.IsNullOrEmpty(id) ? null : WalletArguments.Id(id)), ("team_id", parsed.GetValue(team)), ("all", parsed.GetValue(all) ? "true" : null),
                ];
                using var read = parsed.GetValue(page) is { Length: > 0 } token
                    ? await api.GetAsync(Query.Path("v1/wallets/allocations", [.. query, ("page_token", token)]), cancellation)
                    : await api.GetAllAsync("v1/wallets/allocations", "allocations", query, cancellation);
                using var answer = await environment.NamedAsync(api, parsed.GetValue(output), read, cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () => printer.List(Columns, answer.RootElement.GetProperty("allocations").EnumerateArray().Select(Row)));
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            wallet, team, all, page, output);
    }

    private static Command Cancel(KtEnvironment environment)
    {
        var allocation = new Argument<string>("allocation") { Description = "Its id (kt wallets allocations list)." };
        var output = CommonOptions.Output();
        return new Command("cancel", "Nothing of it takes effect any more; what has taken effect stays.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync($"v1/wallets/allocations/{Uri.EscapeDataString(parsed.GetRequiredValue(allocation))}", cancellation);
                using var named = await environment.NamedAsync(api, parsed.GetValue(output), answer, cancellation);
                Show(environment.Printer(parsed.GetValue(output)), named.RootElement);
                return ExitCodes.Ok;
            },
            allocation, output);
    }

    private static void Show(Printer printer, JsonElement allocation)
    {
        if (printer.IsJson)
        {
            printer.Json(allocation);
            return;
        }

        printer.Facts(
        [
            ("allocation", allocation.Text("allocation_id")),
            ("wallet", allocation.Text("wallet_id")),
            ("amount", $"{allocation.Exact("amount")} {allocation.Text("currency")} {allocation.Text("recurrence")}"),
            ("state", State(allocation)),
            ("due", allocation.Time("due_at")),
        ]);
    }

    private static IReadOnlyList<string> Row(JsonElement allocation)
    {
        var running = allocation.GetProperty("periods").EnumerateArray().FirstOrDefault(period => period.Text("state") != "ended");
        var hasPeriod = running.ValueKind == JsonValueKind.Object;
        return
        [
            allocation.Text("allocation_id"), allocation.Text("wallet_id"), allocation.Exact("amount"), allocation.Text("recurrence"), State(allocation),
            allocation.Time("due_at"), Output.Show.Title(allocation.Text("at_end")), hasPeriod ? running.Exact("remaining") : "–",
            hasPeriod ? running.Time("ends_at") : "–", allocation.Text("description"),
        ];
    }

    private static string State(JsonElement allocation) => allocation.Text("state") == "waiting"
        ? $"waiting, {allocation.Exact("missing")} missing"
        : allocation.Text("cancelled_at").Length > 0 ? $"cancelled {allocation.Time("cancelled_at")} by {allocation.Text("cancelled_by")}"
        : allocation.Text("state");
}
