using System.Globalization;
using System.Text;
using Platform.Cli.Imports;

namespace Platform.Cli.Tests.Imports;

/// <summary>Reads files of usage and writes what was read as lines, for golden cases.</summary>
internal static class ImportFiles
{
    public static readonly CsvUsageOptions Plain = new(new Dictionary<string, string>(), new Dictionary<string, string>(), null, null, TimeZoneInfo.Utc, true, false, null);

    /// <param name="told">Gets what the reader tells people.</param>
    public static async Task<List<ImportItem>> ReadAsync(string format, string text, CsvUsageOptions? csv = null, List<string>? told = null)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var items = new List<ImportItem>();
        await foreach (var item in ImportFormats.ReadAsync(format, stream, csv ?? Plain, line => told?.Add(line), TestContext.Current.CancellationToken))
        {
            items.Add(item);
        }

        return items;
    }

    /// <summary>Everything but the key.</summary>
    public static string Line(ImportItem item) => item.Row is not { } row ? $"{item.Place}: {item.Problem ?? $"({item.LeftOut})"}" : string.Create(
        CultureInfo.InvariantCulture,
        $"{row.OccurredAt:yyyy-MM-dd'T'HH:mm:ss.FFF}{(row.Until is { } until ? $"..{until:HH:mm}" : "")} {row.Provider}/{row.Model} tier={row.ServiceTier} region={row.Region} in={row.Input} cached={row.CachedInput} write={row.CacheWrite}+{row.CacheWriteHour} out={row.Output}+{row.Reasoning} x{row.Requests} context={row.ContextTokens} {row.Project}|{row.Key}|{row.User}|{row.TeamId} {row.Outcome} {row.TotalMs} {row.StatedCost}").TrimEnd();
}
