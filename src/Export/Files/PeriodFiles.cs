using Platform.Contracts;
using Platform.Export.Objects;
using Platform.Export.Runs;

namespace Platform.Export.Files;

/// <summary>
/// The data files of one run: a record goes to the file of the month that it is booked in, in the books' zone, so that a month's files hold what a month's books
/// hold. Files are begun as their first record comes; a run without records has one empty file.
/// </summary>
/// <param name="rowsHeld">
/// How many rows wait in memory at the most, in all files together: then those of the file that has the most are written. More make Parquet files that are read faster, and take
/// more memory, some 30 MB by default.
/// </param>
internal sealed class PeriodFiles(IObjectStore store, RunRow run, Func<BillingMonth, IRowFormat> begin, int rowsHeld = 20_000) : IAsyncDisposable
{
    private readonly TimeZoneInfo _zone = CalendarPeriod.StoredZone(run.TimeZone);
    private readonly List<(BillingMonth Month, DataFileWriter Writer)> _files = [];
    private (BillingMonth Month, DataFileWriter Writer) _last;
    private string _currency = "";

    /// <exception cref="InvalidDataException">The records have more than one currency, or the sum of their costs leaves 64 bits.</exception>
    public async ValueTask AddAsync(ExportRow row, CancellationToken cancellationToken)
    {
        CheckCurrency(row);
        var bookedAt = (row.Record.BookedAt ?? row.Record.Event.OccurredAt).ToDateTimeOffset();
        if (!_last.Month.Contains(bookedAt))
        {
            _last = _files.Find(file => file.Month.Contains(bookedAt));
            _last = _last.Writer is null ? await BeginAsync(bookedAt, cancellationToken) : _last;
        }

        await _last.Writer.AddAsync(row, cancellationToken);
        if (_files.Sum(file => file.Writer.Held) >= rowsHeld)
        {
            await _files.MaxBy(file => file.Writer.Held).Writer.WriteHeldAsync(cancellationToken);
        }
    }

    /// <summary>Ends all files.</summary>
    public async Task<RunFiles> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_files.Count == 0)
        {
            await BeginAsync(run.From, cancellationToken);
        }

        var written = new List<DataFile>(_files.Count);
        foreach (var (_, writer) in _files.OrderBy(file => file.Month.From))
        {
            written.Add(await writer.CompleteAsync(cancellationToken));
        }

        return new RunFiles(written);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, writer) in _files)
        {
            await writer.DisposeAsync();
        }
    }

    private async Task<(BillingMonth Month, DataFileWriter Writer)> BeginAsync(DateTimeOffset moment, CancellationToken cancellationToken)
    {
        var month = BillingMonth.Containing(moment, _zone);
        var key = ObjectNames.InPeriod(run.DataKey, month.Name);
        var file = (month, new DataFileWriter(month.Name, key, begin(month), await store.CreateAsync(run.Bucket, key, cancellationToken)));
        _files.Add(file);
        return file;
    }

    private void CheckCurrency(ExportRow row)
    {
        var currency = row.Record.Currency;
        if (currency.Length > 0 && _currency.Length > 0 && currency != _currency)
        {
            throw new InvalidDataException($"Record {row.Record.RecordId} is in {currency}, others in {_currency}: sums of several currencies mean nothing.");
        }

        _currency = _currency.Length == 0 ? currency : _currency;
    }
}
