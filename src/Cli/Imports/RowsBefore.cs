using System.Globalization;

namespace Platform.Cli.Imports;

/// <summary>
/// The rows of a file so far, for a dry run: nothing is kept that the platform could know a row by when a later piece has it again, and a file with a page in it twice would be told to cost twice. Some
/// fifty bytes of memory a row.
/// </summary>
internal sealed class RowsBefore
{
    private readonly Dictionary<Guid, Guid> _figures = [];

    /// <summary>Whether the file had the row before with the same figures (true) or with others (false); null for a new one, which it is from then on.</summary>
    public bool? Find(ImportedRow row)
    {
        var (key, figures) = (RowKey.Hash(row.RowKey), FiguresOf(row));
        return _figures.TryAdd(key, figures) ? null : _figures[key] == figures;
    }

    // What Metering compares (its ImportedRecord), to the microsecond that it keeps.
    private static Guid FiguresOf(ImportedRow row)
    {
        string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
        return RowKey.Hash(
            Number(row.OccurredAt.UtcTicks / TimeSpan.TicksPerMicrosecond), row.Provider, row.Model, row.ServiceTier ?? "", row.Region ?? "", Number(row.Input), Number(row.CachedInput),
            Number(row.CacheWrite), Number(row.CacheWriteHour), Number(row.Output), Number(row.Reasoning), Number(Math.Max(row.Requests ?? 1, 1)));
    }
}
