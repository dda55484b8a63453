using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Platform.Cli.Reconcile;

/// <summary>An exported data file: a JSON array with one object a line. It ends with its bracket, so a part is never taken for the whole.</summary>
internal static class ExportFile
{
    public static async IAsyncEnumerable<JsonElement> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream);
        var ended = false;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            var row = line.Trim().TrimEnd(',');
            ended = row is "]" or "[]";
            if (row.Length == 0 || ended || row == "[")
            {
                continue;
            }

            using var document = JsonDocument.Parse(row);
            yield return document.RootElement;
        }

        if (!ended)
        {
            throw new KtError(ExitCodes.Failed, "The exported file breaks off before its end.");
        }
    }
}
