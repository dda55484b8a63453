using System.Globalization;
using System.Text.Json;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary>What closing a month would do, told from the list of months, so that nothing is asked for that could not be taken back.</summary>
internal static class PeriodClosePreview
{
    private static readonly string[] Columns = ["period", ">booked", ">calls", ">of it late", ">unpriced", "zone"];

    /// <summary>As many months as the list has at most that were never closed; what is older is closed with them.</summary>
    private const int MostListed = 24;

    /// <param name="listed">The API's list of months.</param>
    /// <param name="zoneName">IANA name of the zone whose month is to be closed; null: of the closes before, else UTC.</param>
    /// <exception cref="KtError">The close would be refused: in the API's words and with its reason.</exception>
    public static int Show(KtEnvironment environment, OutputFormat format, JsonElement listed, string month, string? zoneName)
    {
        var periods = listed.GetProperty("periods").EnumerateArray().ToList();
        var closed = periods.FindAll(IsClosed);
        var zone = Zone(zoneName, closed);
        if (BillingMonth.TryParse(month, zone, out var asked) && asked.To > environment.Time.GetUtcNow())
        {
            throw new KtError(
                ExitCodes.Failed, string.Create(CultureInfo.InvariantCulture, $"{month} ends at {asked.To:yyyy-MM-dd HH:mm:ss'Z'} ({zone.Id}); it can be closed from then on."), Reasons.PeriodNotEnded);
        }

        if (closed.Count > 0 && closed.TrueForAll(period => string.CompareOrdinal(period.Text("period"), month) > 0))
        {
            throw new KtError(ExitCodes.Failed, $"Nothing was used before {closed[^1].Text("period")}: there is no period {month} to close.");
        }

        // Names of months sort as months do.
        var open = periods.FindAll(period => !IsClosed(period));
        var closing = open.FindAll(period => string.CompareOrdinal(period.Text("period"), month) <= 0);
        Print(environment, format, month, [.. closing.OrderBy(period => period.Text("period"), StringComparer.Ordinal)]);
        if (format != OutputFormat.Json)
        {
            environment.Error.WriteLine(closed.Exists(period => period.Text("period") == month) ? $"{month} is closed already: nothing would change."
                : $"Nothing was closed. Without --dry-run {Names(closing, month)} would be, for good{(open.Count >= MostListed ? ", and all open months before" : "")}.");
            if (closing.Exists(period => period.Text("time_zone") != zone.Id))
            {
                environment.Error.WriteLine($"The figures are of months of {closing[0].Text("time_zone")}; those of {zone.Id} begin and end at other hours.");
            }
        }

        return ExitCodes.Ok;
    }

    private static bool IsClosed(JsonElement period) => period.Text("state") == "closed";

    private static TimeZoneInfo Zone(string? name, List<JsonElement> closed)
    {
        var kept = closed.Count > 0 ? closed[0].Text("time_zone") : "";
        return !CalendarPeriod.TryFindZone(name ?? kept, out var zone)
            ? throw new KtError(ExitCodes.Failed, "time_zone is no IANA time zone; use a name such as UTC or Europe/Berlin.", Reasons.InvalidArgument)
            : kept.Length == 0 || kept == zone.Id
            ? zone
            : throw new KtError(ExitCodes.Failed, $"Periods were closed in {kept}, and months of two zones overlap: leave --time-zone out.", Reasons.PeriodZoneDiffers);
    }

    /// <summary>A month before the first usage is closed alone, and is in no list.</summary>
    private static string Names(List<JsonElement> closing, string month) =>
        closing.Count == 0 ? month : string.Join(", ", closing.Select(period => period.Text("period")).Order(StringComparer.Ordinal));

    private static void Print(KtEnvironment environment, OutputFormat format, string month, IReadOnlyList<JsonElement> closing)
    {
        var printer = environment.Printer(format);
        if (!printer.IsJson)
        {
            if (closing.Count > 0)
            {
                printer.Table(Columns.In(JsonSerializer.SerializeToElement(closing), "booked", "of it late"), closing.Select(period => (IReadOnlyList<string>)
                [
                    period.Text("period"), period.Exact("cost"), period.Count("calls"), period.Exact("late_cost"), period.Count("unpriced_records"), period.Text("time_zone"),
                ]));
            }

            return;
        }

        printer.Json(JsonSerializer.SerializeToElement(new Dictionary<string, object> { ["dry_run"] = true, ["period"] = month, ["would_close"] = closing }));
    }
}
