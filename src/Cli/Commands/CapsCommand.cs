using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt caps set|list|remove</c>.</summary>
internal static class CapsCommand
{
    private static readonly string[] Columns = ["cap", "limits", "period", "zone", ">amount", ">spent before", ">used", ">undrawn", ">left", "until", "source", "description"];

    public static Command Create(KtEnvironment environment) => new("caps", "Hard limits a calendar period.") { Set(environment), List(environment), Remove(environment) };

    private static Command Set(KtEnvironment environment)
    {
        var scope = new ScopeOptions("The cap is on");
        var period = CommonOptions.Required("--period", "day, week (from Monday), month, quarter or year.").Among(ChoiceOption.CalendarPeriods);
        var amount = AmountOption.Create("--amount", "At most this much a period, for example 500.00.");
        var currency = CurrencyOption.Create();
        var zone = CommonOptions.Text("--time-zone", "IANA name of the zone that the calendar is read in (UTC).");
        var description = CommonOptions.Text("--description", "What it is for.");
        var output = CommonOptions.Output();
        var command = new Command("set", "Set a cap on the organisation, a team, a user or a key, or change its amount.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var inCurrency = await CurrencyOption.ReadAsync(parsed, currency, api, cancellation);
                using var answer = await api.PostAsync(
                    "v1/caps",
                    body =>
                    {
                        var (name, id) = scope.Read(parsed)!.Value;
                        body.WriteString("scope", name);
                        body.WriteOptional("scope_id", id);
                        body.WriteString("period", parsed.GetRequiredValue(period));
                        body.WriteOptional("time_zone", parsed.GetValue(zone));
                        body.WriteAmount("amount", parsed.GetValue(amount));
                        body.WriteString("currency", inCurrency);
                        body.WriteOptional("description", parsed.GetValue(description));
                    },
                    cancellation);
                return Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            [.. scope.All, period, amount, currency, zone, description, output]);
        scope.RequireOne(command);
        return command;
    }

    private static Command List(KtEnvironment environment)
    {
        var scope = new ScopeOptions("Only caps on");
        var output = CommonOptions.Output();
        return new Command("list", "Active caps with what is used and left in their current period.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var asked = scope.Read(parsed);
                using var answer = await api.GetAllAsync("v1/caps", "caps", [("scope", asked?.Scope), ("scope_id", asked?.Id)], cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                var caps = answer.RootElement.GetProperty("caps");
                printer.List(Columns.In(caps, "amount", "spent before", "used", "undrawn", "left"), caps.EnumerateArray().Select(cap => (IReadOnlyList<string>)
                [
                    cap.Text("cap_id"), Limits(cap), cap.Text("period"), cap.Text("time_zone"), cap.Comparable("amount"), cap.Comparable("uncounted"), cap.Comparable("used"),
                    cap.Comparable("undrawn"), cap.Comparable("left"), cap.Time("period_to"), cap.Text("source"), cap.Text("description"),
                ]));
                foreach (var cap in caps.EnumerateArray().Where(BeganWithin))
                {
                    printer.Line($"{cap.Text("cap_id")} counts since {cap.Time("counts_since")}, within its period: what that cost while it did not count is not in 'used', and in 'spent before' only as far as whoever set the cap said it.");
                }

                foreach (var problem in caps.EnumerateArray().Select(cap => cap.Text("problem")).Where(problem => problem.Length > 0))
                {
                    printer.Line(problem);
                }

                return ExitCodes.Ok;
            },
            [.. scope.All, output]);
    }

    private static Command Remove(KtEnvironment environment)
    {
        var id = new Argument<string>("cap") { Description = "The cap's id: cap_…" };
        var output = CommonOptions.Output();
        return new Command("remove", "End a cap, everywhere within two seconds.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync($"v1/caps/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation);
                return Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            id, output);
    }

    private static int Print(KtEnvironment environment, OutputFormat format, JsonElement cap)
    {
        var printer = environment.Printer(format);
        if (printer.IsJson)
        {
            printer.Json(cap);
            return ExitCodes.Ok;
        }

        printer.Facts(
        [
            ("cap", cap.Text("cap_id")),
            ("limits", Limits(cap)),
            ("amount", $"{cap.Exact("amount")} {cap.Text("currency")} a {cap.Text("period")}, {cap.Text("time_zone")}"),
            .. cap.Amount("uncounted") is { Nanos: > 0 } ? [("spent before", cap.Exact("uncounted"))] : Array.Empty<(string, string)>(),
            ("used", cap.Exact("used")),
            ("left", cap.Exact("left")),
            .. BeganWithin(cap) ? [("counts since", cap.Time("counts_since"))] : Array.Empty<(string, string)>(),
            ("until", cap.Time("period_to")),
            ("active", cap.GetProperty("active").GetBoolean() ? "yes" : "no"),
        ]);
        return ExitCodes.Ok;
    }

    /// <summary>It was set, or set again, within its current period. Not known from a server of an earlier version.</summary>
    private static bool BeganWithin(JsonElement cap) => cap.Moment("counts_since") > cap.Moment("period_from");

    private static string Limits(JsonElement cap) => $"{cap.Text("scope")} {cap.Text("scope_id")}".TrimEnd();

    /// <summary>Whom a cap is on: one of four options.</summary>
    private sealed class ScopeOptions(string what)
    {
        private readonly Option<bool> _organisation = new("--organisation") { Description = $"{what} all calls." };
        private readonly Option<string?> _team = CommonOptions.Text("--team", $"{what} a team's calls.");
        private readonly Option<string?> _user = CommonOptions.Text("--user", $"{what} a user's calls, in all teams.");
        private readonly Option<string?> _key = CommonOptions.Text("--key", $"{what} an API key's calls (key_…).");

        public IReadOnlyList<Symbol> All => [_organisation, _team, _user, _key];

        /// <summary>The first that is given; null for none.</summary>
        public (string Scope, string Id)? Read(ParseResult parsed) =>
            parsed.GetValue(_organisation) ? ("organisation", "")
            : parsed.GetValue(_team) is { } team ? ("team", team)
            : parsed.GetValue(_user) is { } user ? ("user", user)
            : parsed.GetValue(_key) is { } key ? ("key", key)
            : null;

        public void RequireOne(Command command) => command.Validators.Add(result =>
        {
            if (All.OfType<Option>().Count(option => result.GetResult(option) is { Implicit: false }) != 1)
            {
                result.AddError("Give one of --organisation, --team, --user and --key.");
            }
        });
    }
}
