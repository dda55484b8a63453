using System.Runtime.CompilerServices;
using System.Text.Json;
using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Imports;

/// <summary>
/// Usage reports of providers as they stream: pages {data: [bucket]} with buckets {results: [result]}. A result that cannot be read is told by its place; the others
/// stand, unlike in a reconciliation, which needs the whole bill.
/// </summary>
internal static class UsagePages
{
    /// <param name="read">Reads one result of a bucket.</param>
    /// <param name="tell">Hears at the end when pages are missing: those that are there stand, and the others may be in another file.</param>
    public static async IAsyncEnumerable<ImportItem> ReadAsync(
        Stream file, string provider, Func<RowFields, RowFields, UsageRow> read, Action<string> tell, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (number, hasLast, times) = (0, false, new RowTimes());
        await foreach (var page in JsonEntries.ReadAsync(file, cancellationToken))
        {
            hasLast |= JsonEntries.Text(page, "has_more") != bool.TrueString;
            var place = $"page {++number}";
            if (Array(page, "data") is not { } buckets)
            {
                yield return new ImportItem(place, null, "It has no data: it is no page of a usage report.");
                continue;
            }

            var bucketNumber = 0;
            foreach (var bucket in buckets)
            {
                foreach (var item in ReadBucket(bucket, $"{place}, bucket {++bucketNumber}", provider, read, times))
                {
                    yield return item;
                }
            }
        }

        if (number > 0 && !hasLast)
        {
            tell("Every page of the file says that more follow (has_more): what is on the pages after them is not imported. Get those too (page = the last one's next_page), and import them.");
        }
    }

    private static IEnumerable<ImportItem> ReadBucket(JsonElement bucket, string place, string provider, Func<RowFields, RowFields, UsageRow> read, RowTimes times)
    {
        if (Array(bucket, "results") is not { } results)
        {
            yield return new ImportItem(place, null, "It has no results: it is no bucket of a usage report.");
            yield break;
        }

        var number = 0;
        foreach (var result in results)
        {
            yield return ReadResult(bucket, result, $"{place}, result {++number}", provider, read, times);
        }
    }

    private static ImportItem ReadResult(JsonElement bucket, JsonElement result, string place, string provider, Func<RowFields, RowFields, UsageRow> read, RowTimes times)
    {
        var problems = new FileProblems();
        var fields = new RowFields(result, "", problems);
        var row = read(new RowFields(bucket, "", problems), fields);
        return UsageResult.WhyNot(fields, row, problems) is { } problem ? new ImportItem(place, null, problem)
            : row.Tokens.Total == 0 && row.Requests is null or 0 ? new ImportItem(place, null, LeftOut: "without usage")
            : times.Add(row.Series, row.From, row.Until) is { } other ? new ImportItem(place, null, UsageResult.WhyNotBeside(other))
            : new ImportItem(place, UsageResult.ToRow(provider, row));
    }

    private static JsonElement.ArrayEnumerator? Array(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : null;
}
