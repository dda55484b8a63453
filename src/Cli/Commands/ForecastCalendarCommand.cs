using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Cli.SeriesFiles;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast calendar</c>: the holidays and month ends that forecasts look for.</summary>
internal static class ForecastCalendarCommand
{
    private const string HolidaysName = "holidays";
    private const string MonthEndName = "month-end";
    private static readonly string[] Columns = [">change", "of", "looks for", ">holidays", "first", "last", "changed", "by", "note"];

    public static Command Create(KtEnvironment environment) => new("calendar", "Holidays and month ends that forecasts look for in the past and, where they show, in what comes.")
    {
        Set(environment), List(environment), Remove(environment),
    };

    private static Command Set(KtEnvironment environment)
    {
        var team = CommonOptions.Text("--team", "A calendar of this team's own (its team_id), in the place of the organisation's.");
        var holidays = CommonOptions.Text("--holidays", "File with a date a line, past and to come, as for forecast csv; what follows a # is its name. Replaces the list.");
        var effects = CommonOptions.Text("--effects", $"What is looked for: {HolidaysName}, {MonthEndName}, both with a comma between, or none.");
        var note = CommonOptions.Text("--note", "Why.");
        var output = CommonOptions.Output();
        return new Command("set", "Change what is given of a calendar; the forecast is made anew with it.").Does(
            async (parsed, cancellation) =>
            {
                var (file, names) = (parsed.GetValue(holidays), Names(parsed.GetValue(effects)));
                var days = file is null ? null : HolidayFile.Read(file);
                using var api = environment.Connect();
                using var answer = await api.PatchAsync(
                    "v1/forecast/calendars",
                    body =>
                    {
                        body.WriteOptional("team_id", parsed.GetValue(team));
                        body.WriteOptional("note", parsed.GetValue(note));
                        Write(body, days, names);
                    },
                    cancellation);
                environment.Answer(parsed.GetValue(output), answer, Sentence(answer.RootElement));
                return ExitCodes.Ok;
            },
            team, holidays, effects, note, output).RequireChange("kt forecast calendar list", holidays, effects);
    }

    private static Command List(KtEnvironment environment)
    {
        var team = CommonOptions.Text("--team", "The calendar that counts for this team (its team_id): its own or the organisation's.");
        var changes = new Option<bool>("--changes") { Description = "Every change, newest first." };
        var output = CommonOptions.Output();
        return new Command("list", "The organisation's calendar and those of teams that have their own.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path("v1/forecast/calendars", ("team_id", parsed.GetValue(team)), ("changes", parsed.GetValue(changes) ? "true" : null)), cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(answer.RootElement, Columns, "calendars", Row);
                return ExitCodes.Ok;
            },
            team, changes, output);
    }

    private static Command Remove(KtEnvironment environment)
    {
        var team = CommonOptions.Text("--team", "This team (its team_id) has the organisation's again. Default: the organisation's own is removed.");
        var note = CommonOptions.Text("--note", "Why.");
        var output = CommonOptions.Output();
        return new Command("remove", "Look for nothing any more, or give a team the organisation's calendar again.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync(Query.Path("v1/forecast/calendars", ("team_id", parsed.GetValue(team)), ("note", parsed.GetValue(note))), cancellation);
                environment.Answer(
                    parsed.GetValue(output), answer,
                    parsed.GetValue(team) is { } own ? $"{own} has the organisation's calendar, if there is one." : "The organisation has no calendar: nothing is looked for but what teams' own say.");
                return ExitCodes.Ok;
            },
            team, note, output);
    }

    private static string[]? Names(string? effects)
    {
        string[]? names = effects switch
        {
            null => null,
            "none" => [],
            _ => effects.Split(',', StringSplitOptions.TrimEntries),
        };
        return names?.FirstOrDefault(name => name is not (HolidaysName or MonthEndName)) is { } unknown
            ? throw new KtError(ExitCodes.Usage, $"--effects knows {HolidaysName}, {MonthEndName} and none, not '{unknown}'.")
            : names;
    }

    private static void Write(Utf8JsonWriter body, IReadOnlyDictionary<DateOnly, string>? days, string[]? effects)
    {
        if (days is not null)
        {
            body.WriteStartArray("holidays");
            foreach (var (day, name) in days)
            {
                body.WriteStartObject();
                body.WriteString("day", day.ToString("O"));
                body.WriteOptional("name", name);
                body.WriteEndObject();
            }

            body.WriteEndArray();
        }

        if (effects is not null)
        {
            body.WriteBoolean("holidays_on", effects.Contains(HolidaysName));
            body.WriteBoolean("month_ends_on", effects.Contains(MonthEndName));
        }
    }

    private static string Sentence(JsonElement calendar) =>
        $"Forecasts of {Show.OrAll(calendar.Text("team_id"), "the organisation")} look for {Effects(calendar)}; the list has {calendar.GetProperty("holidays").GetArrayLength()} holidays. "
        + "kt forecast --layers says where they show.";

    private static string Effects(JsonElement calendar) => (calendar.GetProperty("holidays_on").GetBoolean(), calendar.GetProperty("month_ends_on").GetBoolean()) switch
    {
        (true, true) => "holidays and month ends",
        (true, false) => "holidays",
        (false, true) => "month ends",
        (false, false) => "nothing",
    };

    private static IReadOnlyList<string> Row(JsonElement calendar)
    {
        var days = calendar.GetProperty("holidays").EnumerateArray().Select(holiday => holiday.Text("day")).ToList();
        return
        [
            calendar.Count("number"), Show.OrAll(calendar.Text("team_id"), "the organisation"), calendar.GetProperty("active").GetBoolean() ? Effects(calendar) : "removed",
            days.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), days.FirstOrDefault("–"), days.LastOrDefault("–"), calendar.Time("changed_at"), calendar.Text("changed_by"),
            calendar.Text("note"),
        ];
    }
}
