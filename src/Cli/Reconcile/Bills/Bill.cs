using Platform.Cli.ProviderFiles;
using Platform.Contracts;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>Whose usage a bill is split by beside day and model.</summary>
internal enum BillBy
{
    Auto,
    Key,
    Project,
    Model,
}

/// <summary>A provider's bill by day, name and model. Costs decide which days it covers; pages of usage add tokens and requests to them, or stand alone.</summary>
internal sealed class Bill
{
    private const int Cents = 2;

    private readonly ProviderFile _file;
    private readonly HashSet<DateOnly> _usageDays = [];
    private readonly Dictionary<DateOnly, HashSet<(DateTimeOffset From, DateTimeOffset Until)>> _times = [];

    public Bill(ProviderFile file, BillBy by)
    {
        _file = file;
        HasCosts = file.Costs.Count > 0;
        foreach (var bucket in file.Buckets)
        {
            Cover(bucket);
        }

        By = Resolve(by);
        HasModels = (!HasCosts || file.Costs.Any(row => row.Item.Length > 0 || row.Model.Length > 0))
            && (file.Usage.Count == 0 || file.Usage.Any(row => row.Model.Length > 0));
        Models = file.Costs.Select(row => row.Model).Concat(file.Usage.Select(row => row.Model)).Where(model => model.Length > 0).ToHashSet(StringComparer.Ordinal);
        Currencies = [.. file.Costs.Select(row => row.Currency).Distinct().Order(StringComparer.Ordinal)];
        if (Currencies.Count > 1)
        {
            throw new KtError(ExitCodes.Failed, $"The files have amounts in {string.Join(" and ", Currencies)}, which cannot be added up. Give one currency's at a time.");
        }

        int[] places = HasCosts ? [MinorUnits.Places(Currencies[0]), Cents] : [];
        RoundedTo = places.Where(digits => file.Costs.All(row => decimal.Round(row.Amount, digits) == row.Amount)).Select(digits => (int?)digits).FirstOrDefault();
    }

    public bool HasCosts { get; }

    public BillBy By { get; }

    public bool HasModels { get; }

    public IReadOnlySet<string> Models { get; }

    public IReadOnlyList<string> Currencies { get; }

    /// <summary>Decimal places that all its amounts keep to, its currency's or two: then they are rounded. Null: some have more.</summary>
    public int? RoundedTo { get; }

    public SortedSet<DateOnly> Days { get; } = [];

    /// <summary>How much of one of <see cref="Days"/> its buckets cover together: of pages by the hour it may be less than all.</summary>
    public TimeSpan CoveredOf(DateOnly day)
    {
        var (covered, until) = (TimeSpan.Zero, DateTimeOffset.MinValue);
        foreach (var time in _times[day].Where(time => time.Until > time.From).OrderBy(time => time.From))
        {
            var from = time.From > until ? time.From : until;
            covered += time.Until > from ? time.Until - from : TimeSpan.Zero;
            until = time.Until > until ? time.Until : until;
        }

        return covered;
    }

    /// <summary>Its side of each cell of the days.</summary>
    /// <param name="modelOf">What we call a model of the bill.</param>
    public Dictionary<BillKey, BillSide> Cells(IReadOnlySet<DateOnly> days, Func<string, string> modelOf)
    {
        var cells = new Dictionary<BillKey, BillSide>();
        BillSide Of(DateTimeOffset from, string project, string key, string model)
        {
            var cell = new BillKey(DayOf(from), By switch { BillBy.Key => key, BillBy.Project => project, _ => "" }, HasModels ? model : "");
            return cells.TryGetValue(cell, out var side) ? side : cells[cell] = new BillSide();
        }

        foreach (var row in _file.Costs.Where(row => days.Contains(DayOf(row.From))))
        {
            var isItem = HasModels && row.Model.Length == 0;
            AddCosts(Of(row.From, row.Project, row.Key, isItem ? row.Item : modelOf(row.Model)), row, isItem);
        }

        foreach (var row in _file.Usage.Where(row => days.Contains(DayOf(row.From))))
        {
            AddUsage(Of(row.From, row.Project, row.Key, modelOf(row.Model)), row);
        }

        Settle(cells, _file.Usage.Select(row => modelOf(row.Model)).ToHashSet(StringComparer.Ordinal));
        return cells;
    }

    private static void AddCosts(BillSide side, CostRow row, bool isItem)
    {
        side.Rows++;
        side.CostRows++;
        side.IsItem = isItem;
        var nanos = row.Amount * Money.NanosPerUnit;
        side.Nanos += nanos;
        side.CreditNanos += Math.Min(0, nanos);
        if (row.Kind is { } kind)
        {
            side.NanosByKind[kind] = side.NanosByKind.GetValueOrDefault(kind) + nanos;
        }

        side.QuantityRows += row.Quantity is null ? 0 : 1;
        side.Quantities += row.Quantity is { } count && row.Kind is { } counted ? TokenCounts.Of(counted, count) : default;
    }

    private static void AddUsage(BillSide side, UsageRow row)
    {
        side.Rows++;
        side.Tokens = (side.Tokens ?? default) + row.Tokens;
        side.CacheWritesApart &= row.CacheWritesApart;
        side.Requests = row.Requests is { } requests ? (side.Requests ?? 0) + requests : side.Requests;
    }

    // Where pages of usage cover a day and know a model, they count all of its tokens, be it none; else the quantities beside the amounts do, when all rows have one.
    private void Settle(Dictionary<BillKey, BillSide> cells, HashSet<string> usageModels)
    {
        foreach (var (key, side) in cells)
        {
            if (side.Tokens is null && _usageDays.Contains(key.Day) && (usageModels.Contains(key.Model) || (!HasModels && usageModels.Count > 0)))
            {
                side.Tokens = default(TokenCounts);
            }
            else if (side.Tokens is null && side.QuantityRows > 0 && side.QuantityRows == side.Rows)
            {
                side.Tokens = side.Quantities;
                side.CacheWritesApart = false;
            }

            side.Tokens = side.Tokens is { } tokens && !side.CacheWritesApart ? tokens.WithoutCacheWrites() : side.Tokens;
        }
    }

    private void Cover(Bucket bucket)
    {
        var day = DayOf(bucket.From);
        if (DayOf(bucket.Until.AddTicks(-1)) != day)
        {
            throw new KtError(
                ExitCodes.Failed, $"The bucket from {bucket.From.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} to {bucket.Until.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} is of more than one UTC day. Download the bill with bucket_width=1d.");
        }

        // A page that may be of usage says nothing of a day's costs, and one that may be of costs nothing of its usage.
        if (!HasCosts || bucket.Shape is PageShape.OpenAiCosts or PageShape.AnthropicCosts)
        {
            Days.Add(day);
            (_times.TryGetValue(day, out var times) ? times : _times[day] = []).Add((bucket.From, bucket.Until));
        }

        if (bucket.Shape is PageShape.OpenAiUsage or PageShape.AnthropicUsage)
        {
            _usageDays.Add(day);
        }
    }

    private BillBy Resolve(BillBy by)
    {
        var keys = (!HasCosts || _file.Costs.Any(row => row.Key.Length > 0)) && (_file.Usage.Count == 0 || _file.Usage.Any(row => row.Key.Length > 0)) && !IsEmpty;
        var projects = (!HasCosts || _file.Costs.Any(row => row.Project.Length > 0)) && (_file.Usage.Count == 0 || _file.Usage.Any(row => row.Project.Length > 0)) && !IsEmpty;
        return by switch
        {
            BillBy.Key when !keys => throw new KtError(ExitCodes.Failed, "Not all files name keys: download them with group_by=api_key_id, or compare by project or model."),
            BillBy.Project when !projects => throw new KtError(ExitCodes.Failed, "Not all files name projects: download them with group_by=project_id (workspace_id), or compare by model."),
            BillBy.Auto => keys ? BillBy.Key : projects ? BillBy.Project : BillBy.Model,
            _ => by,
        };
    }

    private bool IsEmpty => !HasCosts && _file.Usage.Count == 0;

    private static DateOnly DayOf(DateTimeOffset moment) => DateOnly.FromDateTime(moment.UtcDateTime);
}
