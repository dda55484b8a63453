using System.Globalization;
using Platform.Contracts;
using Platform.Forecast.Planning;

namespace Platform.Forecast.Scenarios.Changes;

/// <summary>From a line such as <c>route team=search model=gpt-4o to=openai/gpt-4o-mini share=30%</c> to a change, or to every problem of it. Pure.</summary>
internal static class ChangeReader
{
    public const string Kinds = "wallet, budget, limit, route, lane, price, plan, lift, outage";

    private const double MostHours = 24 * 31;

    /// <returns>Null where there is a problem.</returns>
    public static Change? Read(string text, List<string> problems)
    {
        var line = ChangeLine.Read(text.Trim());
        var change = line.Kind switch
        {
            "wallet" => Wallet(line),
            "budget" => (line.Required("budget"), line.Amount("amount")) is (var budget, { } amount) ? new BudgetChange(line.Line, budget, amount) : null,
            "limit" => Limit(line),
            "route" => Route(line),
            "lane" => Lane(line),
            "price" => Price(line),
            "plan" => Plan(line),
            "lift" => Lift(line),
            "outage" => Outage(line),
            _ => default(Change),
        };
        line.Finish(Kinds);
        problems.AddRange(line.Problems.Select(problem => $"'{Validation.Shown(line.Line)}': {problem}"));
        return line.Problems.Count == 0 ? change : null;
    }

    private static WalletChange Wallet(ChangeLine line)
    {
        var change = new WalletChange(line.Line, line.Text("team"), line.Text("user"), line.Text("application"), line.Amount("amount") ?? default);
        if (change is { UserId.Length: > 0, ApplicationId.Length: > 0 })
        {
            line.Problems.Add("user= and application= cannot both be said: a wallet is of one of them.");
        }

        if (!change.IsOfTeam && change.TeamId.Length == 0)
        {
            line.Problems.Add("team= is required: a user's or an application's wallet is in a team.");
        }

        return change;
    }

    private static LimitChange Limit(ChangeLine line)
    {
        var limit = new LimitChange(line.Line, line.Text("team"), line.Number("requests"), line.Number("tokens"));
        if (limit is { Requests: null, Tokens: null } && line.Problems.Count == 0)
        {
            line.Problems.Add("requests= or tokens= a minute is required.");
        }

        return limit;
    }

    private static RouteChange Route(ChangeLine line)
    {
        var (provider, model) = line.Route("to", required: true);
        var change = new RouteChange(line.Line, line.Selection(), line.When(), provider, model, line.Share("share") ?? 1);
        Named(line, change.Of);
        return change;
    }

    private static LaneChange Lane(ChangeLine line)
    {
        var (provider, model) = line.Route("at", required: false);
        var change = new LaneChange(line.Line, line.Selection(), line.When(), line.Required("to"), line.Share("share") ?? 1, provider, model);
        if (Validation.Label("to", change.Lane) is { } problem)
        {
            line.Problems.Add(problem);
        }

        Named(line, change.Of);
        return change;
    }

    private static PriceChange Price(ChangeLine line)
    {
        var rates = new NewRates(line.Money("input"), line.Money("output"), line.Money("per_request"));
        var change = new PriceChange(line.Line, line.Selection(), line.When(), line.Relative("change"), rates == new NewRates(null, null, null) ? null : rates);
        if (change.Share is null == change.Rates is null && line.Problems.Count == 0)
        {
            line.Problems.Add("Either change= (such as +10%), or new rates per million tokens: input=, output=, per_request=.");
        }

        if (!change.Of.HasRoute)
        {
            line.Problems.Add("provider= or model= is required: whose price it is.");
        }

        return change;
    }

    private static LiftChange Lift(ChangeLine line)
    {
        var what = line.Text("what", "all") switch { "routing" => Lifted.Routing, "refusals" => Lifted.Refusals, "all" => Lifted.All, _ => default };
        if (what == default)
        {
            line.Wrong("what", line.Text("what"), "routing, refusals or all");
        }

        return new LiftChange(line.Line, new Selection(line.Text("team"), line.Text("workload"), line.Text("lane"), "", ""), line.When(), what);
    }

    private static PlanChange Plan(ChangeLine line)
    {
        var calls = line.Text("calls_per_day");
        var relative = calls.EndsWith('%') ? line.Relative("calls_per_day") : null;
        var fields = new PlanFields
        {
            Name = Given("name"), TeamId = Given("team"), Workload = Given("workload"), Lane = Given("lane"), Provider = Given("provider"), Model = Given("model"),
            StartsOn = line.Date("starts"), EndsOn = line.Text("ends") == "never" ? default(DateOnly) : line.Date("ends"), RampDays = Small(line, "ramp_days"),
            CallsPerDay = relative is null ? line.Whole("calls_per_day") : null, InputTokens = line.Whole("input_tokens"), OutputTokens = line.Whole("output_tokens"),
            ProbabilityPpm = Ppm(line.Share("probability")), SpreadPpm = line.Number("spread") is { } spread ? Ppm(Math.Min(spread, 1000)) : null,
        };
        var drop = line.Text("drop", "no");
        if (drop is not ("yes" or "no"))
        {
            line.Wrong("drop", drop, "yes or no");
        }
        else if (line.Problems.Count == 0 && (drop == "yes") == (fields != new PlanFields() || relative is not null))
        {
            line.Problems.Add(drop == "yes" ? "What is dropped has no other value." : "Nothing is said that is to be otherwise; drop=yes drops it.");
        }

        return new PlanChange(line.Line, line.Required("id"), drop == "yes", fields, relative);

        string? Given(string name) => line.Text(name) is var value && line.Has(name) ? value : null;
    }

    private static OutageChange Outage(ChangeLine line)
    {
        var at = line.Text("at", "average");
        DateTimeOffset? moment = null;
        if (at is not ("average" or "peak"))
        {
            if (DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed) && at.Length >= 10 && Moments.HasYear(parsed.Year))
            {
                moment = parsed;
            }
            else
            {
                line.Wrong("at", at, "average, peak, or a time of the years 2000 to 2199 such as 2026-06-12T14:00:00Z");
            }
        }

        var (fallback, dearer, none) = (line.Text("fallback"), default(double?), line.Text("fallback") == "none");
        if (fallback.EndsWith('%'))
        {
            (dearer, fallback) = (line.Relative("fallback"), "");
        }

        var (provider, model) = none || fallback.Length == 0 ? ("", "") : line.Route("fallback", required: false);
        var share = line.Share("falls_back");
        if (none && share > 0)
        {
            line.Problems.Add("fallback=none loses every call: leave falls_back= out, or say where they fall back to.");
        }

        var hours = line.Number("hours");
        if (hours is not (> 0 and <= MostHours))
        {
            line.Problems.Add($"hours= must be above 0 and at most {MostHours}.");
        }

        var of = line.Selection();
        if (of.Provider.Length == 0)
        {
            line.Problems.Add("provider= is required: who does not answer.");
        }

        var day = line.Date("day");
        if (moment is not null && day is not null)
        {
            line.Problems.Add("at= says the day too: leave day= out, or say at=average or at=peak of that day.");
        }

        return new OutageChange(line.Line, of, hours ?? 1, moment, day, at == "peak", none ? 0 : share, dearer, provider, model);
    }

    /// <summary>What touches everything is more likely a slip than meant.</summary>
    private static void Named(ChangeLine line, Selection selection)
    {
        if (selection.IsAll)
        {
            line.Problems.Add("At least one of team=, workload=, lane=, provider=, model= is required: which calls.");
        }
    }

    private static int? Small(ChangeLine line, string name) => line.Whole(name) is { } number ? (int)Math.Min(number, int.MaxValue) : null;

    private static int? Ppm(double? share) => share is { } value ? (int)Math.Round(value * PlanRow.Certain) : null;
}
