using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Series;
using PriceChange = Platform.Forecast.Scenarios.Changes.PriceChange;

namespace Platform.Forecast.Scenarios;

/// <summary>The commands that set the prices of a scenario, change after change: every rate is said, since what a version leaves out has a default and does not stay as it was.</summary>
/// <param name="scenario">Its name.</param>
/// <param name="now">A version begins now or later: one that begins in the past would charge anew.</param>
internal sealed class PriceDeeds(string scenario, PlanBook book, DateTimeOffset now)
{
    private static readonly BillingCalendar Days = BillingCalendar.Find("")!;
    private readonly HashSet<PriceRow> _changed = [];

    /// <summary>A version for each that the book has of a price in the days that are named, and of an end what is in force then without the scenario; what the price book cannot say is said in sentences.</summary>
    public IEnumerable<string> Of(PriceChange change)
    {
        var of = change.Of;
        PriceRow[] rows = [.. book.Rows.Concat(book.Later).Where(row => (of.Provider.Length == 0 || row.Provider == of.Provider) && (of.Model.Length == 0 || book.IsPriceOf(row.Provider, of.Model, row)))];
        if (rows.Length == 0)
        {
            return ["The price book has no price that is named."];
        }

        if (change.When.To is { } end && Days.StartOf(end) <= now)
        {
            return [$"# It ended on {end:yyyy-MM-dd}: nothing of it is to be set."];
        }

        // What the book has from a later day on in another currency is of no account to what is in force.
        var subjects = rows.GroupBy(row => (row.Provider, row.Model, Tier: PlanBook.TierOf(row), row.Region)).Select(subject => subject.Where(row => row.Currency == subject.MinBy(FromOf)!.Currency).OrderBy(FromOf).ToArray());
        var again = rows.Any(_changed.Contains);
        _changed.UnionWith(rows);
        return [.. subjects.SelectMany(versions => Versions(versions, change)), .. Sentences(rows, change, again)];
    }

    /// <param name="versions">Of one price, by when they begin; a version ends where the next one begins.</param>
    private IEnumerable<string> Versions(PriceRow[] versions, PriceChange change)
    {
        var saysDiscount = versions.Any(row => row.DiscountPpm > 0);
        var name = $"{versions[0].Provider} {(change.Of.Model.Length > 0 ? change.Of.Model : versions[0].Model)}";
        var (start, end) = (change.When.From is { } from && Days.StartOf(from) > now ? Days.StartOf(from) : now, change.When.To is { } to ? Days.StartOf(to) : (DateTimeOffset?)null);
        foreach (var (place, row) in versions.Index())
        {
            var begins = FromOf(row) > start ? FromOf(row) : start;
            if ((place == versions.Length - 1 || FromOf(versions[place + 1]) > begins) && !(begins >= end))
            {
                yield return Set(name, row, saysDiscount, change.Share ?? 0, change.Rates, begins, $"scenario {scenario}");
            }
        }

        // One that begins with the end is in the book already.
        if (end is { } ends && versions.LastOrDefault(row => FromOf(row) <= ends) is { } then && FromOf(then) < ends)
        {
            yield return Set(name, then, saysDiscount, 0, null, ends, $"as before scenario {scenario}");
        }
    }

    private string Set(string name, PriceRow row, bool saysDiscount, double share, NewRates? rates, DateTimeOffset from, string source)
    {
        var fee = rates?.PerRequest is null && row.PerRequest == 0 ? "" : $" --per-request {Rate(row.PerRequest, rates?.PerRequest)}";
        var discount = saysDiscount ? $" --discount {(row.DiscountPpm / 10_000m).ToString("0.####", CultureInfo.InvariantCulture)}" : "";
        return $"kt prices set {name} --input {Rate(row.InputPerMillion, rates?.Input)} --cached-input {Rate(row.CachedInputPerMillion)} --cache-write {Rate(row.CacheWritePerMillion)}"
            + $"{(row.HasCacheWrite1HPerMillion ? $" --cache-write-1h {Rate(row.CacheWrite1HPerMillion)}" : "")} --output-rate {Rate(row.OutputPerMillion, rates?.Output)} --reasoning {Rate(row.ReasoningPerMillion, rates?.Output)}"
            + $"{fee}{discount} --currency {row.Currency}{(row.Tier is "" or Rating.Price.StandardTier ? "" : $" --tier {row.Tier}")}{(row.Region.Length > 0 ? $" --region {row.Region}" : "")}"
            + $"{(from > now ? $" --from {Moment(from)}" : "")} --source \"{source}\"";

        string Rate(long today, long? said = null) => new Money(said ?? Projection.Nanos.FromForecast(today * (1 + share))).ToString();
    }

    private static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString(moment.UtcDateTime.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);

    private static DateTimeOffset FromOf(PriceRow row) => row.EffectiveFrom?.ToDateTimeOffset() ?? DateTimeOffset.MinValue;

    private static IEnumerable<string> Sentences(PriceRow[] rows, PriceChange change, bool again)
    {
        if (rows.SelectMany(row => row.ContextTiers).Select(tier => tier.AboveInputTokens).Distinct().Order().ToArray() is { Length: > 0 } above)
        {
            yield return $"# Rates above {string.Join(" and ", above)} tokens of input stay as they are: kt prices import changes them.";
        }

        if (again)
        {
            yield return "# The scenario changes a price of these before: the rates here are by the book without it, and what both come to is by hand.";
        }

        if ((change.Of with { Provider = "", Model = "" }) is { IsAll: false } part)
        {
            yield return $"# The book has one price for everybody: this changes it for all calls of the model, and the scenario had calls of {part.Named()} alone.";
        }
    }
}
