using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Imports;

/// <summary>
/// Sends rows in pieces as the file is read, a few of them at a time: whoever reads faster than the platform records waits, so memory stays flat whatever the size
/// of the file. Stopped in between, what was answered stands, and sending the file again adds the rest.
/// </summary>
/// <param name="open">Asked once, before the first piece: where pieces go.</param>
/// <param name="settings">What each piece says beside its rows.</param>
/// <param name="before">Of a dry run, which the platform remembers no row of: those that come again are counted here. Null for an import.</param>
internal sealed class ImportSender(ApiClient api, Func<CancellationToken, Task<string>> open, Action<Utf8JsonWriter>? settings, RowsBefore? before, ImportTally tally)
{
    private const int Piece = 1_000;
    private const int AtATime = 4;

    private readonly Queue<(Task<JsonDocument> Answer, List<string> Places)> _sent = new();
    private string? _path;

    /// <param name="advance">Hears after each piece how far the file is read.</param>
    public async Task SendAsync(IAsyncEnumerable<ImportItem> items, Action advance, CancellationToken cancellationToken)
    {
        try
        {
            var rows = new List<ImportedRow>(Piece);
            var places = new List<string>(Piece);
            await foreach (var item in items)
            {
                if (item.Row is { } again && before?.Find(again) is { } isSame)
                {
                    tally.AddAgain(item.Place, isSame);
                }
                else if (item.Row is { } row)
                {
                    rows.Add(row);
                    places.Add(item.Place);
                }
                else if (item.Problem is not null)
                {
                    tally.AddUnreadable(item);
                }
                else
                {
                    tally.AddLeftOut(item.LeftOut ?? "");
                }

                if (rows.Count == Piece)
                {
                    await BeginAsync(rows, places, cancellationToken);
                    (rows, places) = (new List<ImportedRow>(Piece), new List<string>(Piece));
                    advance();
                }
            }

            if (rows.Count > 0)
            {
                await BeginAsync(rows, places, cancellationToken);
            }
        }
        finally
        {
            // What was sent is counted whatever made the reading end; what cannot be answered any more fails here as it would have before.
            while (_sent.Count > 0)
            {
                await TakeAsync();
            }
        }
    }

    private async Task BeginAsync(List<ImportedRow> rows, List<string> places, CancellationToken cancellationToken)
    {
        if (_sent.Count >= AtATime)
        {
            await TakeAsync();
        }

        _path ??= await open(cancellationToken);
        _sent.Enqueue((PostAsync(_path, rows, cancellationToken), places));
    }

    private async Task TakeAsync()
    {
        var (answering, places) = _sent.Dequeue();
        using var answer = await answering;
        tally.Add(answer.RootElement, places);
    }

    private Task<JsonDocument> PostAsync(string path, List<ImportedRow> rows, CancellationToken cancellationToken) => api.PostAsync(
        path,
        body =>
        {
            settings?.Invoke(body);
            body.WriteStartArray("rows");
            foreach (var row in rows)
            {
                row.WriteTo(body);
            }

            body.WriteEndArray();
        },
        cancellationToken);
}
