using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Platform.Cli.Api;

/// <summary>One JSON object a line, read as it streams.</summary>
internal static class Ndjson
{
    public static async IAsyncEnumerable<JsonElement> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                using var document = JsonDocument.Parse(line);
                yield return document.RootElement;
            }
        }
    }
}
