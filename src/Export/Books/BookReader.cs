using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Export.Books;

/// <summary>The books' zone and months, which Metering keeps.</summary>
/// <param name="list">Metering's answer to ListPeriods.</param>
internal sealed partial class BookReader(Func<CancellationToken, Task<ListPeriodsResponse>> list, BookStore store, TimeProvider time, ILogger<BookReader> log)
    : IDisposable
{
    /// <summary>How long what was said, or that nothing was, is not asked for again: many jobs may be due at once.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private (TimeZoneInfo Zone, DateTimeOffset Until)? _zone;

    /// <summary>The zone. Where Metering does not answer, what it said last: it changes once in a platform's life, at the first close of a month.</summary>
    public async Task<TimeZoneInfo> ReadZoneAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            if (_zone is not { } kept || kept.Until <= now)
            {
                _zone = kept = (await AskZoneAsync(cancellationToken), now + KeptFor);
            }

            return kept.Zone;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>A month that has begun, and whether it is closed.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT (WINDOW_INVALID); UNAVAILABLE: Metering must be asked.</exception>
    public async Task<BookMonth> FindAsync(string period, CancellationToken cancellationToken)
    {
        Books books;
        try
        {
            books = await ReadAsync(cancellationToken);
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw RpcErrors.Create(
                StatusCode.Unavailable, Reasons.DependencyUnavailable, $"Whether {Validation.Shown(period)} is closed is Metering's to say, and it does not answer ({exception.StatusCode}). Ask again.");
        }

        if (!BillingMonth.TryParse(period, books.Zone, out var month))
        {
            throw RpcErrors.InvalidArgument($"period '{Validation.Shown(period)}' must be a month such as 2026-06.", Reasons.WindowInvalid);
        }

        return month.From <= time.GetUtcNow()
            ? new BookMonth(month, books.Zone, month.To <= books.ClosedUntil)
            : throw RpcErrors.InvalidArgument($"{month.Name} begins at {month.From:O} ({books.Zone.Id}): there is nothing to export yet.", Reasons.WindowInvalid);
    }

    private async Task<TimeZoneInfo> AskZoneAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await ReadAsync(cancellationToken)).Zone;
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnanswered(exception);
            return await store.ReadZoneAsync(cancellationToken);
        }
    }

    private async Task<Books> ReadAsync(CancellationToken cancellationToken)
    {
        var periods = (await list(cancellationToken)).Periods;
        var zone = periods.Count == 0 ? TimeZoneInfo.Utc : CalendarPeriod.StoredZone(periods[0].TimeZone);
        await store.WriteZoneAsync(zone, cancellationToken);
        var closed = periods.Where(period => period.State == PeriodState.Closed).Select(period => period.EndsAt.ToDateTimeOffset());
        return new Books(zone, closed.DefaultIfEmpty(DateTimeOffset.MinValue).Max());
    }

    public void Dispose() => _reading.Dispose();

    [LoggerMessage(LogLevel.Warning, "Metering does not say the zone of the books; what it said last is taken.")]
    private partial void LogUnanswered(Exception exception);

    /// <param name="ClosedUntil">Every month that ends by then is closed.</param>
    private readonly record struct Books(TimeZoneInfo Zone, DateTimeOffset ClosedUntil);
}

/// <param name="Zone">That the month is one of.</param>
internal readonly record struct BookMonth(BillingMonth Month, TimeZoneInfo Zone, bool IsClosed);
