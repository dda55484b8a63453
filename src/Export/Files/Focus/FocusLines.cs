using Platform.Rating;

namespace Platform.Export.Files.Focus;

/// <summary>The cells of a FOCUS file: a row for each kind of tokens of a record (docs/decisions/0140), whatever file they are written to.</summary>
/// <param name="version">Which names the columns have.</param>
internal sealed class FocusLines(string version, FocusFrame frame, IReadOnlyDictionary<long, Price> prices)
{
    public IReadOnlyList<FocusColumn> Columns { get; } = FocusColumns.Of(version);

    /// <summary>What FOCUS has null where it is not known is null here too.</summary>
    public IEnumerable<string?[]> Of(ExportRow row)
    {
        foreach (var charge in FocusCharges.Of(row, prices.GetValueOrDefault(row.Record.Event.PriceId)))
        {
            yield return [.. Columns.Select(column => column.Read(charge, frame) is { Length: > 0 } cell ? cell : null)];
        }
    }
}
