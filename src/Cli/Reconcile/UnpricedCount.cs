using System.Text.Json;
using Platform.Cli.Output;

namespace Platform.Cli.Reconcile;

/// <summary>
/// Counts records that wait for a price, as <c>kt prices unpriced</c> lists them. A record never changes: what it lacked stays null in it when a price has come late, which is a correction of its own, and when it was taken back whole.
/// </summary>
internal sealed class UnpricedCount
{
    private readonly List<(string RecordId, string Root)> _withoutCost = [];
    private readonly HashSet<string> _priced = new(StringComparer.Ordinal);
    private readonly HashSet<string> _takenBack = new(StringComparer.Ordinal);
    private string _attempt = "";
    private int _count;

    /// <summary>What takes a record back whole: a correction of the call itself.</summary>
    public static bool TakesBack(JsonElement record) =>
        record.Text("corrects_record_id").Length > 0 && (record.Text("source") == "import:/undo" || record.TryGetProperty("requests", out var requests) && requests.GetInt64() < 0);

    /// <summary>A price that came late, as a correction.</summary>
    public static bool Prices(JsonElement record) => record.Text("source") == "pricing";

    /// <param name="record">As the API answers it; records of an attempt follow each other.</param>
    public void Add(JsonElement record, bool isInWindow)
    {
        var attempt = record.Text("attempt_id");
        if (attempt != _attempt)
        {
            EndAttempt();
            _attempt = attempt;
        }

        var corrects = record.Text("corrects_record_id");
        if (TakesBack(record))
        {
            _takenBack.Add(corrects);
        }
        else if (record.Amount("cost") is null && isInWindow)
        {
            _withoutCost.Add((record.Text("record_id"), corrects.Length > 0 ? corrects : record.Text("record_id")));
        }

        if (Prices(record))
        {
            _priced.Add(corrects);
        }
    }

    public int Close()
    {
        EndAttempt();
        return _count;
    }

    private void EndAttempt()
    {
        _count += _withoutCost.Count(record => !_priced.Contains(record.RecordId) && !_takenBack.Contains(record.Root));
        _withoutCost.Clear();
        _priced.Clear();
        _takenBack.Clear();
    }
}
