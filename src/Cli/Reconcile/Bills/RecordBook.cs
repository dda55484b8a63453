using System.Text.Json;
using Platform.Cli.Output;
using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>
/// Adds usage records up by cell as they stream in, by attempt.
/// </summary>
internal sealed class RecordBook(BillBy by, bool hasModels, BillMapping mapping)
{
    /// <summary>The provider's clock may place a call this much before or after ours.</summary>
    public static readonly TimeSpan Edge = TimeSpan.FromMinutes(10);

    private static readonly (string Field, TokenKind Kind)[] Figures =
    [
        ("input", TokenKind.Input), ("cached_input", TokenKind.CachedInput), ("cache_write", TokenKind.CacheWrite), ("cache_write_1h", TokenKind.CacheWriteHour),
        ("output", TokenKind.Output), ("reasoning", TokenKind.Output),
    ];

    private readonly Dictionary<BillKey, RecordSide> _sides = [];
    private readonly UnpricedRecords<(RecordSide Side, long Tokens)> _unpriced = new();

    /// <summary>By the models' names as the records have them.</summary>
    public IReadOnlyDictionary<BillKey, RecordSide> Close()
    {
        foreach (var (side, tokens) in _unpriced.Close())
        {
            side.Unpriced++;
            side.UnpricedTokens += tokens;
        }

        return _sides;
    }

    /// <param name="record">As the API answers it; records of an attempt follow each other.</param>
    public void Add(JsonElement record)
    {
        var occurredAt = record.GetProperty("occurred_at").GetDateTimeOffset().UtcDateTime;
        var side = Of(DateOnly.FromDateTime(occurredAt), record);
        var isCorrection = record.Text("corrects_record_id").Length > 0;
        var (tokens, figures) = Tokens(record.GetProperty("tokens"));
        var cost = record.Amount("cost");
        side.Records++;
        side.Tokens += tokens;
        side.Nanos += cost?.Nanos ?? 0;
        side.Currency = record.Text("currency");
        side.Requests += record.Text("outcome") == "failed" && tokens.Total == 0 ? 0 : record.GetProperty("requests").GetInt64();
        side.BrokenOff += !isCorrection && record.Text("outcome") is "client_closed" or "interrupted" ? 1 : 0;
        if (record.TryGetProperty("price_id", out var price) && price.GetInt64() is > 0 and var priceId)
        {
            side.PriceIds.Add(priceId);
        }

        _unpriced.Add(record, (side, tokens.Total));
        if (cost is not null)
        {
            side.RoundedFigures += figures;
            AddKinds(side, record);
        }

        // An imported sum of a day or an hour has its beginning for its time: at midnight sharp it is no call that the provider may have on the day before.
        if (record.Text("funding") != "history" || occurredAt.TimeOfDay != TimeSpan.Zero)
        {
            AddEdge(side, occurredAt.TimeOfDay, cost?.Nanos ?? 0, tokens.Total);
        }
    }

    private static (TokenCounts Tokens, int Figures) Tokens(JsonElement tokens)
    {
        var counts = default(TokenCounts);
        var figures = 0;
        foreach (var (field, kind) in Figures)
        {
            var count = tokens.TryGetProperty(field, out var value) ? value.GetInt64() : 0;
            counts += TokenCounts.Of(kind, count);
            figures += count == 0 ? 0 : 1;
        }

        return (counts, figures);
    }

    private static void AddKinds(RecordSide side, JsonElement record)
    {
        if (!record.TryGetProperty("cost_detail", out var detail) || detail.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var (field, kind) in Figures)
        {
            side.NanosByKind[kind] = side.NanosByKind.GetValueOrDefault(kind) + (detail.Amount(field)?.Nanos ?? 0);
        }

        side.AdjustedNanos += detail.Amount("adjustment")?.Nanos ?? 0;
    }

    private static void AddEdge(RecordSide side, TimeSpan time, long nanos, long tokens)
    {
        if (time < Edge)
        {
            side.Early = side.Early.Add(nanos, tokens);
        }
        else if (time >= TimeSpan.FromDays(1) - Edge)
        {
            side.Late = side.Late.Add(nanos, tokens);
        }
    }

    private RecordSide Of(DateOnly day, JsonElement record)
    {
        var name = by == BillBy.Model ? "" : mapping.NameOf(record, by);
        var key = new BillKey(day, name, hasModels ? record.Text("model") : "");
        return _sides.TryGetValue(key, out var side) ? side : _sides[key] = new RecordSide();
    }
}
