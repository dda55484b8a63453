using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Platform.Cli.Imports;

/// <summary>What usage reports of providers have in common: pages {data: [bucket]}, buckets {results: [result]}; also bare buckets.</summary>
internal static class UsagePages
{
    /// <param name="read">Makes one result's item; what it throws as a FormatException is said of that result alone.</param>
    public static async IAsyncEnumerable<ImportItem> ReadAsync(
        Stream file, Func<JsonElement, JsonElement, string, ImportItem> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = 0;
        await foreach (var entry in JsonEntries.ReadAsync(file, cancellationToken))
        {
            number++;
            if (Array(entry, "data") is { } buckets)
            {
                var bucketNumber = 0;
                foreach (var bucket in buckets)
                {
                    foreach (var item in ReadBucket(bucket, $"page {number}, bucket {++bucketNumber}", read))
                    {
                        yield return item;
                    }
                }
            }
            else
            {
                foreach (var item in ReadBucket(entry, $"bucket {number}", read))
                {
                    yield return item;
                }
            }
        }
    }

    private static IEnumerable<ImportItem> ReadBucket(JsonElement bucket, string place, Func<JsonElement, JsonElement, string, ImportItem> read)
    {
        // OpenAI's documentation has both names.
        if ((Array(bucket, "results") ?? Array(bucket, "result")) is not { } results)
        {
            yield return new ImportItem(place, null, "It has no results: it is no bucket of a usage report.");
            yield break;
        }

        var number = 0;
        foreach (var result in results)
        {
            yield return ReadResult(bucket, result, $"{place}, result {++number}", read);
        }
    }

    private static ImportItem ReadResult(JsonElement bucket, JsonElement result, string place, Func<JsonElement, JsonElement, string, ImportItem> read)
    {
        try
        {
            return read(bucket, result, place);
        }
        catch (FormatException exception)
        {
            return new ImportItem(place, null, exception.Message);
        }
    }

    private static JsonElement.ArrayEnumerator? Array(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : null;
}
