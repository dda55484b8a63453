using Npgsql;
using Platform.Contracts;

namespace Platform.Metering.Intake;

/// <summary>
/// Keeps "recorded at or before W" a closed set once a reader has asked for it, whatever clocks and commits do (docs/decisions/0012).
/// Every intake transaction holds a shared advisory lock to its end and records later than the stored watermark; a reader at W raises the watermark
/// to W under the exclusive lock, so that intakes before it have ended and those after it record later. A change of the price book commits under the exclusive lock too.
/// </summary>
internal sealed class Watermark(NpgsqlDataSource dataSource)
{
    // Statements apart, so that the second one's snapshot is taken with the lock held.
    private const string EnterIntake = $"SELECT pg_advisory_xact_lock_shared({AdvisoryLocks.Intake})";
    private const string EnterClosing = $"SELECT pg_advisory_xact_lock({AdvisoryLocks.Intake})";
    private const string Select = "SELECT closed_until, kept_from, open_from, folded_until, (SELECT revision FROM price_book) FROM usage_watermark";
    private const string Raise = "UPDATE usage_watermark SET closed_until = $1 WHERE closed_until < $1";

    // Whoever has the lock speaks to the database until it ends. Of a process that hangs within, or is cut off, the server would keep it for as long: nothing could be closed, and all intakes wait behind whoever tries.
    // It ends those that are silent between two statements; those that are within one EndHaltedIntakes does.
    private const string LimitSilence = "SET LOCAL idle_in_transaction_session_timeout = '15s'";

    // A reader that waits for the intakes in flight keeps those behind it waiting too.
    private const string LimitWait = "SET LOCAL lock_timeout = '2s'";

    private const string Open = "UPDATE usage_watermark SET open_from = $1 WHERE open_from < $1";
    private const string RaiseKept = "UPDATE usage_watermark SET kept_from = $1 WHERE kept_from < $1";

    /// <summary>Begins an intake in its transaction, which the server ends when it hears nothing of it for 15 s.</summary>
    public static async Task<IntakeEntry> EnterIntakeAsync(NpgsqlTransaction transaction, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { BatchCommands = { new(LimitSilence), new(EnterIntake), new(Select) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var notBefore = reader.GetFieldValue<DateTimeOffset>(0) + TimeSpan.FromMicroseconds(1);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        return new IntakeEntry(
            now > notBefore ? now : notBefore, reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2),
            reader.GetFieldValue<DateTimeOffset>(3), reader.GetInt64(4));
    }

    /// <summary>Waits for the intakes that have entered, and keeps others out until the transaction's end; the server ends it when it hears nothing of it for 15 s.</summary>
    public static async Task EnterClosingAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { BatchCommands = { new(LimitSilence), new(EnterClosing) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Lets the first open month begin at the moment, in a transaction that has entered closing.</summary>
    public static async Task OpenFromAsync(NpgsqlTransaction transaction, DateTimeOffset moment, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Open, transaction.Connection, transaction) { Parameters = { new() { Value = moment } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Answers when no record that occurred before the moment can ever again be taken in.</summary>
    public Task KeepFromAsync(DateTimeOffset moment, CancellationToken cancellationToken) => RaiseAsync(RaiseKept, moment, limitWait: false, cancellationToken);

    /// <summary>Answers when no record can ever again be recorded at or before the moment.</summary>
    public async Task CloseAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (await ReadClosedAsync(cancellationToken) < until)
        {
            await RaiseAsync(Raise, until, limitWait: false, cancellationToken);
        }
    }

    /// <summary>As <see cref="CloseAsync"/>, but waits for intakes in flight for two seconds at most. False when one takes longer: nothing is closed then.</summary>
    public async Task<bool> TryCloseAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (await ReadClosedAsync(cancellationToken) >= until)
        {
            return true;
        }

        try
        {
            await RaiseAsync(Raise, until, limitWait: true, cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    /// <summary>The moment up to which everything is recorded that ever will be.</summary>
    public async Task<DateTimeOffset> ReadClosedAsync(CancellationToken cancellationToken)
    {
        await using var select = dataSource.CreateCommand(Select);
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetFieldValue<DateTimeOffset>(0);
    }

    private async Task RaiseAsync(string statement, DateTimeOffset moment, bool limitWait, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands = { new(LimitSilence), new(EnterClosing), new(statement) { Parameters = { new() { Value = moment } } } },
        };
        if (limitWait)
        {
            batch.BatchCommands.Insert(0, new NpgsqlBatchCommand(LimitWait));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}

/// <param name="RecordedAt">Now, or just behind what readers have closed.</param>
/// <param name="KeptFrom">What occurred before is not taken in.</param>
/// <param name="OpenFrom">What occurred before, in months that are closed, is booked at this moment.</param>
/// <param name="FoldedUntil">What occurred before may be added up already: <see cref="Folding.FoldStore.ChangeAsync"/>.</param>
/// <param name="PriceRevision">Of the price book: until the intake ends no change of it commits. What was rated by another one is rated anew.</param>
internal readonly record struct IntakeEntry(
    DateTimeOffset RecordedAt, DateTimeOffset KeptFrom, DateTimeOffset OpenFrom, DateTimeOffset FoldedUntil, long PriceRevision)
{
    /// <summary>The usage with the moment at which it is booked, where that is not when it occurred.</summary>
    public RatedUsage Book(RatedUsage usage) => usage.OccurredAt < OpenFrom ? usage with { BookedAt = OpenFrom } : usage;
}
