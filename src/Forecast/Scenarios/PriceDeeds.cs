using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Series;
using PriceChange = Platform.Forecast.Scenarios.Changes.PriceChange;

namespace Platform.Forecast.Scenarios;

/// <summary>
/// The commands that set the prices of a scenario, change after change, each on the book as those before leave it: every rate is said, since what a version leaves out has a default and does not stay as it was.
/// </summary>
/// <param name="scenario">Its name.</param>
/// <param name="now">A version begins now or later: one that begins in the past would charge anew.</param>
internal sealed class PriceDeeds(string scenario, PlanBook book, DateTimeOffset now)
{
    private static readonly BillingCalendar Days = BillingCalendar.Find("")!;

    /// <summary>The book as the commands so far make it: versions of a name's price, by when they begin; one ends where the next begins. What it has from a later day on in another currency is of no account to what is in force.</summary>
    private readonly Dictionary<Subject, List<PriceRow>> _book = book.Rows.Concat(book.Later).GroupBy(row => new Subject(row.Provider, row.Model, PlanBook.TierOf(row), row.Region))
        .ToDictionary(subject => subject.Key, subject => subject.Where(row => row.Currency == subject.MinBy(FromOf)!.Currency).OrderBy(FromOf).ToList());

    /// <summary>Names that have a price of their own by these commands alone: until then they had that of the model they stand for, whose later changes are theirs too.</summary>
    private readonly HashSet<Subject> _named = [];

    /// <summary>Versions that the scenario sets.</summary>
    private readonly HashSet<PriceRow> _set = new(ReferenceEqualityComparer.Instance);

    /// <summary>A version for each that there is of a price in the days that are named, and of an end what is in force then without the change; what the price book cannot say is said in sentences.</summary>
    public IEnumerable<string> Of(PriceChange change)
    {
        if (change.When.To is { } end && Days.StartOf(end) <= now)
        {
            return [$"# It ended on {end:yyyy-MM-dd}: nothing of it is to be set."];
        }

        var subjects = Subjects(change);
        if (subjects.Length == 0)
        {
            return ["The price book has no price that is named."];
        }

        PriceRow[] rows = [.. subjects.SelectMany(subject => _book[subject])];
        return [.. subjects.SelectMany(subject => Versions(subject, change)), .. Sentences(rows, change)];
    }

    /// <summary>Of whom the price is that is named. A name without one of its own takes over, in its own name, that of the model it stands for.</summary>
    private Subject[] Subjects(PriceChange change)
    {
        var (provider, model) = (change.Of.Provider, change.Of.Model);
        foreach (var (of, versions) in model.Length > 0 ? _book.Where(of => (provider.Length == 0 || of.Key.Provider == provider) && of.Key.Model != model && book.IsPriceOf(of.Key.Provider, model, of.Value[0])).ToArray() : [])
        {
            if (_book.TryAdd(of with { Model = model }, [.. versions.Select(version => version.Clone())]))
            {
                _named.Add(of with { Model = model });
            }
        }

        return [.. _book.Keys.Where(of => (provider.Length == 0 || of.Provider == provider)
            && (model.Length == 0 || of.Model == model || (_named.Contains(of) && book.Names.ModelOf(of.Provider, of.Model) == model)))];
    }

    /// <summary>What it yields is in the book for those after it.</summary>
    private List<string> Versions(Subject subject, PriceChange change)
    {
        PriceRow[] versions = [.. _book[subject]];
        var (saysDiscount, name, commands) = (versions.Any(row => row.DiscountPpm > 0), $"{subject.Provider} {subject.Model}", new List<string>());
        var (start, end) = (change.When.From is { } from && Days.StartOf(from) > now ? Days.StartOf(from) : now, change.When.To is { } to ? Days.StartOf(to) : (DateTimeOffset?)null);
        foreach (var (place, row) in versions.Index())
        {
            var begins = FromOf(row) > start ? FromOf(row) : start;
            if ((place == versions.Length - 1 || FromOf(versions[place + 1]) > begins) && !(begins >= end))
            {
                Add(Changed(row, change.Share ?? 0, change.Rates, begins), isOfScenario: true);
            }
        }

        // One that begins with the end is in the book already.
        if (end is { } ends && versions.LastOrDefault(row => FromOf(row) <= ends) is { } then && FromOf(then) < ends)
        {
            Add(Changed(then, 0, null, ends), _set.Contains(then));
        }

        return commands;

        void Add(PriceRow row, bool isOfScenario)
        {
            if (isOfScenario)
            {
                _set.Add(row);
            }

            var known = _book[subject];
            known.RemoveAll(other => FromOf(other) == FromOf(row));
            known.Insert(known.Count(other => FromOf(other) < FromOf(row)), row);
            commands.Add(Set(name, row, saysDiscount, $"{(isOfScenario ? "" : "as before ")}scenario {scenario}"));
        }
    }

    private static PriceRow Changed(PriceRow row, double share, NewRates? rates, DateTimeOffset from)
    {
        var changed = row.Clone();
        (changed.InputPerMillion, changed.OutputPerMillion, changed.ReasoningPerMillion) = (Rate(row.InputPerMillion, rates?.Input), Rate(row.OutputPerMillion, rates?.Output), Rate(row.ReasoningPerMillion, rates?.Output));
        (changed.CachedInputPerMillion, changed.CacheWritePerMillion, changed.PerRequest) = (Rate(row.CachedInputPerMillion), Rate(row.CacheWritePerMillion), Rate(row.PerRequest, rates?.PerRequest));
        if (row.HasCacheWrite1HPerMillion)
        {
            changed.CacheWrite1HPerMillion = Rate(row.CacheWrite1HPerMillion);
        }

        changed.EffectiveFrom = from.ToTimestampUtc();
        return changed;

        long Rate(long before, long? said = null) => said ?? Projection.Nanos.FromForecast(before * (1 + share));
    }

    private string Set(string name, PriceRow row, bool saysDiscount, string source)
    {
        var (from, discount) = (FromOf(row), saysDiscount ? $" --discount {(row.DiscountPpm / 10_000m).ToString("0.####", CultureInfo.InvariantCulture)}" : "");
        return $"kt prices set {name} --input {Rate(row.InputPerMillion)} --cached-input {Rate(row.CachedInputPerMillion)} --cache-write {Rate(row.CacheWritePerMillion)}"
            + $"{(row.HasCacheWrite1HPerMillion ? $" --cache-write-1h {Rate(row.CacheWrite1HPerMillion)}" : "")} --output-rate {Rate(row.OutputPerMillion)} --reasoning {Rate(row.ReasoningPerMillion)}"
            + $"{(row.PerRequest == 0 ? "" : $" --per-request {Rate(row.PerRequest)}")}{discount} --currency {row.Currency}{(row.Tier is "" or Rating.Price.StandardTier ? "" : $" --tier {row.Tier}")}{(row.Region.Length > 0 ? $" --region {row.Region}" : "")}"
            + $"{(from > now ? $" --from {Moment(from)}" : "")} --source \"{source}\"";

        static string Rate(long nanos) => new Money(nanos).ToString();
    }

    private static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString(moment.UtcDateTime.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);

    private static DateTimeOffset FromOf(PriceRow row) => row.EffectiveFrom?.ToDateTimeOffset() ?? DateTimeOffset.MinValue;

    private static IEnumerable<string> Sentences(PriceRow[] rows, PriceChange change)
    {
        if (rows.SelectMany(row => row.ContextTiers).Select(tier => tier.AboveInputTokens).Distinct().Order().ToArray() is { Length: > 0 } above)
        {
            yield return $"# Rates above {string.Join(" and ", above)} tokens of input stay as they are: kt prices import changes them.";
        }

        if ((change.Of with { Provider = "", Model = "" }) is { IsAll: false } part)
        {
            yield return $"# The book has one price for everybody: this changes it for all calls of the model, and the scenario had calls of {part.Named()} alone.";
        }
    }

    private readonly record struct Subject(string Provider, string Model, string Tier, string Region);
}
