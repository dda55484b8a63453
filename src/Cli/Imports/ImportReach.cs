using System.Text.Json;
using Platform.Cli.Output;

namespace Platform.Cli.Imports;

/// <summary>What the rows of a dry run tell of, over all pieces: whether something else tells of the same is asked once, of the whole file.</summary>
internal sealed class ImportReach
{
    private readonly SortedSet<string> _providers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _others = new(StringComparer.Ordinal);
    private DateTimeOffset? _first;
    private DateTimeOffset? _last;

    /// <summary>Adds what was answered for a piece, where that was a preview.</summary>
    public void Add(JsonElement answer)
    {
        if (!answer.TryGetProperty("reach", out var reach) || reach.ValueKind != JsonValueKind.Object || reach.GetProperty("first_occurred_at").ValueKind == JsonValueKind.Null)
        {
            return;
        }

        var (first, last) = (reach.GetProperty("first_occurred_at").GetDateTimeOffset(), reach.GetProperty("last_occurred_at").GetDateTimeOffset());
        (_first, _last) = (_first < first ? _first : first, _last > last ? _last : last);
        _providers.UnionWith(reach.GetProperty("providers").EnumerateArray().Select(provider => provider.GetString()!));
        foreach (var other in reach.GetProperty("others").EnumerateArray())
        {
            _others[other.Text("import_id")] = _others.GetValueOrDefault(other.Text("import_id")) + other.GetProperty("rows").GetInt64();
        }
    }

    public void WriteTo(Utf8JsonWriter body)
    {
        body.WriteStartObject("reach");
        body.WriteString("first_occurred_at", _first!.Value);
        body.WriteString("last_occurred_at", _last!.Value);
        body.WriteStartArray("providers");
        foreach (var provider in _providers)
        {
            body.WriteStringValue(provider);
        }

        body.WriteEndArray();
        body.WriteStartArray("others");
        foreach (var (importId, rows) in _others)
        {
            body.WriteStartObject();
            body.WriteString("import_id", importId);
            body.WriteNumber("rows", rows);
            body.WriteEndObject();
        }

        body.WriteEndArray();
        body.WriteEndObject();
    }
}
