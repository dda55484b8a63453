using System.Buffers;
using System.Security.Cryptography;
using Platform.Contracts.Metering.V1;
using Platform.Export.Objects;
using Platform.Export.Runs;

namespace Platform.Export.Files;

/// <param name="IsLate">It occurred before the run's window: an earlier file covers its moment, and was written before it was recorded.</param>
internal readonly record struct ExportRow(UsageRecord Record, bool IsLate)
{
    public static ExportRow Of(UsageRecord record, RunRow run) => new(record, record.Event.OccurredAt.ToDateTimeOffset() < run.From);
}

/// <summary>
/// Writes records in their format, in constant memory, and hashes the bytes on their way out. The same records in the same order make the same bytes. Disposed before
/// its end, it leaves nothing.
/// </summary>
internal sealed class DataFileWriter(string billingPeriod, string key, IRowFormat format, IObjectWrite target) : IAsyncDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * FlushBytes);
    private FileFigures _figures;
    private string _currency = "";
    private long _bytes;

    /// <exception cref="InvalidDataException">The sum of the costs leaves 64 bits.</exception>
    public ValueTask AddAsync(ExportRow row, CancellationToken cancellationToken)
    {
        Count(row, format.Write(_buffer, row, isFirst: _figures.Rows == 0));
        return _buffer.WrittenCount < FlushBytes ? ValueTask.CompletedTask : FlushAsync(cancellationToken);
    }

    /// <summary>Rows that wait in memory.</summary>
    public int Held => format.Held;

    /// <summary>Writes the rows that wait.</summary>
    public ValueTask WriteHeldAsync(CancellationToken cancellationToken)
    {
        format.WriteHeld(_buffer);
        return FlushAsync(cancellationToken);
    }

    /// <summary>Ends the file; from now on it is visible.</summary>
    public async Task<DataFile> CompleteAsync(CancellationToken cancellationToken)
    {
        format.End(_buffer, isEmpty: _figures.Rows == 0);
        await FlushAsync(cancellationToken);
        await target.CommitAsync(cancellationToken);
        return new DataFile(billingPeriod, key, _figures, _currency, Convert.ToHexStringLower(_hash.GetHashAndReset()), _bytes);
    }

    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        format.Dispose();
        await target.DisposeAsync();
    }

    private void Count(ExportRow row, long rows)
    {
        var (record, cost) = (row.Record, row.Record.Cost?.TotalNanos ?? 0);
        _currency = _currency.Length == 0 ? record.Currency : _currency;
        try
        {
            _figures += new FileFigures(rows, record.Cost is null ? 1 : 0, cost, row.IsLate ? rows : 0, row.IsLate ? cost : 0);
        }
        catch (OverflowException)
        {
            throw RunFiles.TooMuch();
        }
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _hash.AppendData(_buffer.WrittenSpan);
        await target.Stream.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        _bytes += _buffer.WrittenCount;
        _buffer.ResetWrittenCount();
    }
}
