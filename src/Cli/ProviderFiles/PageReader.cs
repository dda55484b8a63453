using System.Text.Json;

namespace Platform.Cli.ProviderFiles;

/// <summary>Takes pages in, tells their shape, and refuses what is counted twice or not whole.</summary>
internal sealed class PageReader(FileProblems problems)
{
    private readonly List<UsageRow> _usage = [];
    private readonly List<CostRow> _costs = [];
    private readonly List<Bucket> _buckets = [];
    private readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<PageShape, (bool HasLast, string Place)> _pages = [];
    private bool _hasEmptyLast;

    public ProviderFile Rows() => new(_usage, _costs, _buckets);

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

        var isLast = page.Flag("has_more") != true;
        _hasEmptyLast |= isEmpty && isLast;
        if (shape is { } known)
        {
            _pages[known] = (_pages.GetValueOrDefault(known).HasLast || isLast, place);
        }

        foreach (var bucket in buckets)
        {
            ReadBucket(shape, bucket);
        }
    }

    /// <summary>A page that says that more follow, and no page that is the last: rows are missing.</summary>
    public void CheckLastPages()
    {
        foreach (var (_, place) in _pages.Values.Where(page => !page.HasLast && !_hasEmptyLast))
        {
            problems.Add($"{place}.has_more", "is true: the pages after it are missing. Download them (page = its next_page) and give all files.");
        }
    }

    private void ReadBucket(PageShape? shape, RowFields bucket)
    {
        var isOpenAi = bucket.Has("start_time");
        var (first, last) = isOpenAi ? ("start_time", "end_time") : ("starting_at", "ending_at");
        var (from, until) = isOpenAi ? (bucket.UnixTime(first), bucket.UnixTime(last)) : (bucket.Time(first), bucket.Time(last));
        if (until <= from)
        {
            bucket.Problem(last, $"does not lie after {first}.");
            return;
        }

        _buckets.Add(new Bucket(shape, from, until));
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
        if (IsNew(row.Identity, row.Place))
        {
            _usage.Add(row);
        }
    }

    private void Add(CostRow row)
    {
        if (IsNew(row.Identity, row.Place))
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

    private static PageShape? ShapeOf(List<RowFields> buckets) =>
        buckets[0].Has("start_time")
            ? Rows(buckets, "amount") ? PageShape.OpenAiCosts : Rows(buckets, "input_tokens") ? PageShape.OpenAiUsage : null
            : Rows(buckets, "amount") ? PageShape.AnthropicCosts : Rows(buckets, "uncached_input_tokens") ? PageShape.AnthropicUsage : null;

    private static bool IsKnown(RowFields bucket) => bucket.Has("start_time") || bucket.Has("starting_at");

    private static bool HasRows(List<RowFields> buckets) => buckets.Any(bucket => bucket.Has("results") && bucket.Objects("results").Any());

    private static bool Rows(List<RowFields> buckets, string field) =>
        buckets.Any(bucket => bucket.Has("results") && bucket.Objects("results").Any(row => row.Has(field)));
}
