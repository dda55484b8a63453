using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Platform.Contracts;

namespace Platform.Cli.Imports;

/// <summary>The entries of a JSON file as they stream: of an array its elements, else one value after another (a single one, or one a line).</summary>
internal static class JsonEntries
{
    /// <summary>More than any call, and so few that sums of some stay within their range.</summary>
    private const long MaxCount = 1_000_000_000_000_000;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <exception cref="KtError">From where on the file is no JSON.</exception>
    public static async IAsyncEnumerable<JsonElement> ReadAsync(Stream file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isArray = await BeginsArrayAsync(file, cancellationToken);
        var entries = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(file, topLevelValues: !isArray, cancellationToken: cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (entries)
        {
            for (var number = 1; ; number++)
            {
                try
                {
                    if (!await entries.MoveNextAsync())
                    {
                        yield break;
                    }
                }
                catch (JsonException exception)
                {
                    throw new KtError(ExitCodes.Failed, $"From entry {number} on the file is no JSON: {exception.Message}");
                }

                yield return entries.Current;
            }
        }
    }

    /// <summary>Empty when it is absent or null.</summary>
    public static string Text(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
            ? value.ToString() : "";

    /// <summary>Zero when it is absent or null.</summary>
    /// <exception cref="FormatException">For what is no whole number, or too large for a count.</exception>
    public static long Count(JsonElement entry, string name)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return 0;
        }

        // Some tools write 1200.0.
        return decimal.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == decimal.Truncate(number) && decimal.Abs(number) <= MaxCount
            ? (long)number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} '{Validation.Shown(value.ToString())}' is not a whole number up to {MaxCount}."));
    }

    // Leaves the file at its first significant byte.
    private static async Task<bool> BeginsArrayAsync(Stream file, CancellationToken cancellationToken)
    {
        var head = new byte[4096];
        var start = file.Position;
        var length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        var skipped = head.AsSpan(0, length).StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        file.Position = start + skipped;
        var first = head.AsSpan(skipped, length - skipped).TrimStart(" \t\r\n"u8);
        return !first.IsEmpty && first[0] == (byte)'[';
    }
}
