using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.ProviderFiles;

/// <summary>Takes pages in, tells their shape, and refuses what is counted twice or not whole.</summary>
internal sealed class PageReader(FileProblems problems)
{
    /// <summary>Where a page without any row has its kind from.</summary>
    public const string OfNoKind = "A page without any row looks the same in costs and in usage of any kind, and is of the kind of the others in its file: put those of one kind into one file, as an array or one a line.";

    private readonly List<UsageRow> _usage = [];
    private readonly List<CostRow> _costs = [];
    private readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);
    private readonly RowTimes _times = new();
    private readonly List<Page> _pages = [];
    private int _file;

    public ProviderFile Rows() => new(_usage, _costs, [.. _pages.SelectMany(page => page.Buckets.Select(span => new Bucket(KindOf(page), span.From, span.Until)))]);

    /// <summary>The pages that follow are of another file.</summary>
    public void NextFile() => _file++;

    public void Read(JsonElement element, string place)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            problems.Add(place, "is no page: an object with data, which the provider's API answers.");
            return;
        }

        var page = new RowFields(element, place, problems);
        var buckets = page.Objects("data").ToList();
        if (buckets.Count == 0)
        {
            return;
        }

        var isEmpty = !HasRows(buckets);
        var shape = ShapeOf(buckets);
        if (shape is null && !(isEmpty && IsKnown(buckets[0])))
        {
            problems.Add(place, "is neither OpenAI's usage of completions nor its costs, neither Anthropic's usage of messages nor its cost report.");
            return;
        }

        var spans = new List<(DateTimeOffset From, DateTimeOffset Until)>();
        foreach (var bucket in buckets)
        {
            ReadBucket(shape, bucket, spans);
        }

        _pages.Add(new Page(_file, shape, buckets[0].Has("start_time"), page.Flag("has_more") != true, place, spans) { Series = SeriesOf(shape, buckets) });
    }

    /// <summary>Pages that say that more follow, and none of their series that is the last: rows are missing.</summary>
    public void CheckLastPages()
    {
        var kinds = _pages.ToLookup(page => OfOthers(page, other => other.Series));
        foreach (var kind in kinds.Where(kind => kind.All(page => !page.IsLast) && (kind.Key is not null || kinds.Count == 1)))
        {
            var unknown = kinds[null].Any() && kind.Key is not null ? $" {OfNoKind}" : "";
            problems.Add($"{kind.Last().Place}.has_more", $"is true: the pages after it are missing. Download them (page = its next_page) and give all files.{unknown}");
        }
    }

    private PageShape? KindOf(Page page) => OfOthers(page, other => other.Shape);

    /// <summary>A page without any row is of the kind of the others in its file, else of all others, if they are of one kind.</summary>
    private TKind? OfOthers<TKind>(Page page, Func<Page, TKind?> kindOf)
    {
        if (page.Shape is not null)
        {
            return kindOf(page);
        }

        var others = _pages.Where(other => other.IsOpenAi == page.IsOpenAi && other.Shape is not null).ToList();
        return OnlyOne(others.Where(other => other.File == page.File)) ?? OnlyOne(others);

        TKind? OnlyOne(IEnumerable<Page> pages) => pages.Select(kindOf).Distinct().ToList() is [var only] ? only : default;
    }

    // OpenAI has usage of completions, of embeddings and others, each with pages of its own that look alike but for what their rows are called.
    private static string? SeriesOf(PageShape? shape, List<RowFields> buckets) => shape is null ? null
        : $"{shape} {buckets.Where(bucket => bucket.Has("results")).SelectMany(bucket => bucket.Objects("results")).Select(row => row.Text("object")).FirstOrDefault()}";

    private void ReadBucket(PageShape? shape, RowFields bucket, List<(DateTimeOffset From, DateTimeOffset Until)> spans)
    {
        var isOpenAi = bucket.Has("start_time");
        var (first, last) = isOpenAi ? ("start_time", "end_time") : ("starting_at", "ending_at");
        var (from, until) = isOpenAi ? (bucket.UnixTime(first), bucket.UnixTime(last)) : (bucket.Time(first), bucket.Time(last));
        if (until <= from)
        {
            bucket.Problem(last, $"does not lie after {first}.");
            return;
        }

        spans.Add((from, until));
        foreach (var row in bucket.Objects("results"))
        {
            switch (shape)
            {
                case PageShape.OpenAiUsage:
                    Add(OpenAiPages.ReadUsage(bucket, row));
                    break;
                case PageShape.AnthropicUsage:
                    Add(AnthropicReports.ReadUsage(bucket, row));
                    break;
                case PageShape.OpenAiCosts:
                    Add(OpenAiPages.ReadCosts(bucket, row));
                    break;
                case PageShape.AnthropicCosts:
                    Add(AnthropicReports.ReadCosts(bucket, row));
                    break;
            }
        }
    }

    private void Add(UsageRow row)
    {
        if (IsNew(row.Identity, row.Place) && IsApart(row.Series, row.From, row.Until, row.Place))
        {
            _usage.Add(row);
        }
    }

    private void Add(CostRow row)
    {
        if (IsNew(row.Identity, row.Place) && IsApart(row.Series, row.From, row.Until, row.Place))
        {
            _costs.Add(row);
        }
    }

    private bool IsNew(string identity, string place)
    {
        if (_places.TryAdd(identity, place))
        {
            return true;
        }

        problems.Add(place, $"is there twice: {_places[identity]} says the same time, owner and item. Is a page given twice?");
        return false;
    }

    private bool IsApart((string Report, string Subject) series, DateTimeOffset from, DateTimeOffset until, string place)
    {
        if (_times.Add(series, from, until) is not { } other)
        {
            return true;
        }

        problems.Add(place, string.Create(
            CultureInfo.InvariantCulture, $"is of the same owner and item as one of {other.From:yyyy-MM-dd HH:mm} to {other.Until:yyyy-MM-dd HH:mm} UTC, within the same time: it would count twice. Give pages of one bucket_width."));
        return false;
    }

    private static PageShape? ShapeOf(List<RowFields> buckets) =>
        buckets[0].Has("start_time")
            ? Rows(buckets, "amount") ? PageShape.OpenAiCosts : Rows(buckets, "input_tokens") ? PageShape.OpenAiUsage : null
            : Rows(buckets, "amount") ? PageShape.AnthropicCosts : Rows(buckets, "uncached_input_tokens") ? PageShape.AnthropicUsage : null;

    private static bool IsKnown(RowFields bucket) => bucket.Has("start_time") || bucket.Has("starting_at");

    private static bool HasRows(List<RowFields> buckets) => buckets.Any(bucket => bucket.Has("results") && bucket.Objects("results").Any());

    private static bool Rows(List<RowFields> buckets, string field) =>
        buckets.Any(bucket => bucket.Has("results") && bucket.Objects("results").Any(row => row.Has(field)));

    /// <param name="Shape">Null where it has no row.</param>
    private sealed record Page(int File, PageShape? Shape, bool IsOpenAi, bool IsLast, string Place, IReadOnlyList<(DateTimeOffset From, DateTimeOffset Until)> Buckets)
    {
        /// <summary>What its last page is looked for among; null where it has no row.</summary>
        public string? Series { get; init; }
    }
}
