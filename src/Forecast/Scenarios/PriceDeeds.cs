using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Changes;
using PriceChange = Platform.Forecast.Scenarios.Changes.PriceChange;

namespace Platform.Forecast.Scenarios;

/// <summary>The commands that set the prices of a scenario, change after change: every rate is said, since what a version leaves out has a default and does not stay as it was.</summary>
/// <param name="scenario">Its name.</param>
internal sealed class PriceDeeds(string scenario, PlanBook book)
{
    private readonly HashSet<PriceRow> _changed = [];

    /// <summary>A version of each price that it names, and of an end what is in force today from there on; what the price book cannot say is said in sentences.</summary>
    public IEnumerable<string> Of(PriceChange change)
    {
        var of = change.Of;
        PriceRow[] rows = [.. book.Rows.Where(row => (of.Provider.Length == 0 || row.Provider == of.Provider) && (of.Model.Length == 0 || book.IsPriceOf(row.Provider, of.Model, row)))];
        if (rows.Length == 0)
        {
            return ["The price book has no price that is named."];
        }

        var again = rows.Any(_changed.Contains);
        _changed.UnionWith(rows);
        return [.. rows.SelectMany(row => Versions(row, change)), .. Sentences(rows, change, again)];
    }

    private IEnumerable<string> Versions(PriceRow row, PriceChange change)
    {
        var name = $"{row.Provider} {(change.Of.Model.Length > 0 ? change.Of.Model : row.Model)}";
        yield return Set(name, row, change.Share ?? 0, change.Rates, change.When.From, $"scenario {scenario}");
        if (change.When.To is { } end)
        {
            yield return Set(name, row, 0, null, end, $"as before scenario {scenario}");
        }
    }

    private static string Set(string name, PriceRow row, double share, NewRates? rates, DateOnly? from, string source)
    {
        var fee = rates?.PerRequest is null && row.PerRequest == 0 ? "" : $" --per-request {Rate(row.PerRequest, rates?.PerRequest)}";
        var discount = row.DiscountPpm == 0 ? "" : $" --discount {(row.DiscountPpm / 10_000m).ToString("0.####", CultureInfo.InvariantCulture)}";
        return $"kt prices set {name} --input {Rate(row.InputPerMillion, rates?.Input)} --cached-input {Rate(row.CachedInputPerMillion)} --cache-write {Rate(row.CacheWritePerMillion)}"
            + $"{(row.HasCacheWrite1HPerMillion ? $" --cache-write-1h {Rate(row.CacheWrite1HPerMillion)}" : "")} --output-rate {Rate(row.OutputPerMillion, rates?.Output)} --reasoning {Rate(row.ReasoningPerMillion, rates?.Output)}"
            + $"{fee}{discount} --currency {row.Currency}{(row.Tier is "" or Rating.Price.StandardTier ? "" : $" --tier {row.Tier}")}{(row.Region.Length > 0 ? $" --region {row.Region}" : "")}"
            + $"{(from is { } day ? $" --from {day:yyyy-MM-dd}" : "")} --source \"{source}\"";

        string Rate(long today, long? said = null) => new Money(said ?? Projection.Nanos.FromForecast(today * (1 + share))).ToString();
    }

    private static IEnumerable<string> Sentences(PriceRow[] rows, PriceChange change, bool again)
    {
        if (rows.SelectMany(row => row.ContextTiers).Select(tier => tier.AboveInputTokens).Distinct().Order().ToArray() is { Length: > 0 } above)
        {
            yield return $"# Rates above {string.Join(" and ", above)} tokens of input stay as they are: kt prices import changes them.";
        }

        if (again)
        {
            yield return "# The scenario changes a price of these before: the rates here are by the book of today, and what both come to is by hand.";
        }

        if ((change.Of with { Provider = "", Model = "" }) is { IsAll: false } part)
        {
            yield return $"# The book has one price for everybody: this changes it for all calls of the model, and the scenario had calls of {part.Named()} alone.";
        }
    }
}
