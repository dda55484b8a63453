using System.Text.RegularExpressions;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>
/// One name for what both sides call differently: the mapping's first; else a dated snapshot (gpt-4o-2024-08-06, claude-sonnet-4-20250514) is the model without its
/// date where the other side knows only that.
/// </summary>
internal sealed partial class ModelNames(IReadOnlySet<string> bill, IReadOnlySet<string> records, IReadOnlyDictionary<string, string> mapping)
{
    public string OfBill(string model) => mapping.TryGetValue(model, out var mapped) ? mapped : Known(model, records);

    public string OfRecords(string model) => Known(model, bill);

    private static string Known(string model, IReadOnlySet<string> others)
    {
        if (others.Contains(model))
        {
            return model;
        }

        var undated = Snapshot().Replace(model, "");
        return others.Contains(undated) ? undated : model;
    }

    [GeneratedRegex(@"-(\d{4}-\d{2}-\d{2}|\d{8})\z")]
    private static partial Regex Snapshot();
}
