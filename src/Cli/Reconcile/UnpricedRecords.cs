using System.Text.Json;
using Platform.Cli.Output;

namespace Platform.Cli.Reconcile;

/// <summary>What becomes of a record without a price. A record never changes: what it lacked stays null in it when a price has come late, which is a correction of its own, and when it was taken back whole.</summary>
internal static class UnpricedRecords
{
    /// <summary>What takes a record back whole: a correction of the call itself.</summary>
    public static bool TakesBack(JsonElement record) =>
        record.Text("corrects_record_id").Length > 0 && (record.Text("source") == "import:/undo" || record.TryGetProperty("requests", out var requests) && requests.GetInt64() < 0);

    /// <summary>A price that came late, as a correction.</summary>
    public static bool Prices(JsonElement record) => record.Text("source") == "pricing";
}

/// <summary>Finds records that wait for a price, as <c>kt prices unpriced</c> lists them, corrections among them.</summary>
/// <typeparam name="T">What is to be known of each.</typeparam>
internal sealed class UnpricedRecords<T>
{
    private readonly List<T> _found = [];
    private readonly List<(string RecordId, string Root, T Known)> _withoutCost = [];
    private readonly HashSet<string> _priced = new(StringComparer.Ordinal);
    private readonly HashSet<string> _takenBack = new(StringComparer.Ordinal);
    private string _attempt = "";

    /// <param name="record">As the API answers it; records of an attempt follow each other.</param>
    /// <param name="known">What <see cref="Close"/> gives back of it.</param>
    /// <param name="isInWindow">False: it only says what became of others.</param>
    public void Add(JsonElement record, T known, bool isInWindow = true)
    {
        var attempt = record.Text("attempt_id");
        if (attempt != _attempt)
        {
            EndAttempt();
            _attempt = attempt;
        }

        var corrects = record.Text("corrects_record_id");
        if (UnpricedRecords.TakesBack(record))
        {
            _takenBack.Add(corrects);
        }
        else if (record.Amount("cost") is null && isInWindow)
        {
            _withoutCost.Add((record.Text("record_id"), corrects.Length > 0 ? corrects : record.Text("record_id"), known));
        }

        if (UnpricedRecords.Prices(record))
        {
            _priced.Add(corrects);
        }
    }

    public IReadOnlyList<T> Close()
    {
        EndAttempt();
        return _found;
    }

    private void EndAttempt()
    {
        _found.AddRange(_withoutCost.Where(record => !_priced.Contains(record.RecordId) && !_takenBack.Contains(record.Root)).Select(record => record.Known));
        _withoutCost.Clear();
        _priced.Clear();
        _takenBack.Clear();
    }
}
