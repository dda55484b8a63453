using Npgsql;

namespace Platform.Wallet.Ledger;

/// <summary>Runs a piece of work in one transaction, and again, a bounded number of times, when the database asks for it (deadlock, serialisation failure).</summary>
internal sealed class LedgerDatabase(NpgsqlDataSource dataSource, TimeProvider time)
{
    internal const int Attempts = 5;

    // A transaction locks wallets in order, and keeps those that it has while it waits for the next: a lock that somebody keeps on one must not stop them for as long.
    private const string LockLimit = "SET LOCAL lock_timeout = '3s'";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);

    private int _underWay;
    private long _ended;

    public NpgsqlDataSource DataSource => dataSource;

    /// <summary>Of this replica's transactions here, which may write to any wallet: whether one is under way, and how many have ended. What the writer of holds does is none of them.</summary>
    public (bool UnderWay, long Ended) Others => (Volatile.Read(ref _underWay) > 0, Volatile.Read(ref _ended));

    /// <summary>The work decides by its answer's <c>Commit</c> whether its changes stand.</summary>
    /// <exception cref="PostgresException">Among others <c>55P03</c>: another transaction has kept a lock for three seconds.</exception>
    public async Task<T> InTransactionAsync<T>(Func<NpgsqlTransaction, Task<(T Answer, bool Commit)>> work, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            return await RetryAsync(() => TryInTransactionAsync(work, cancellationToken), cancellationToken);
        }
        finally
        {
            // Who finds none under way any longer finds those that have ended counted.
            Interlocked.Increment(ref _ended);
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task<T> TryInTransactionAsync<T>(Func<NpgsqlTransaction, Task<(T Answer, bool Commit)>> work, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var limit = new NpgsqlCommand(LockLimit, connection, transaction))
        {
            await limit.ExecuteNonQueryAsync(cancellationToken);
        }

        var (answer, commit) = await work(transaction);
        if (commit)
        {
            await transaction.CommitAsync(cancellationToken);
        }

        return answer;
    }

    public async Task<T> RetryAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (PostgresException exception) when (attempt < Attempts && IsWorthRepeating(exception))
            {
                await PauseAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>The growing pause after a failed try, counted from 1.</summary>
    internal Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
        Task.Delay(FirstPause * (1 << attempt) * (0.5 + Random.Shared.NextDouble()), time, cancellationToken);

    /// <summary>Another transaction has kept a lock for longer than one is waited for.</summary>
    internal static bool IsKept(Exception exception) => exception is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>A unique violation is one too: another transaction made the same row first, and the next round sees it.</summary>
    internal static bool IsWorthRepeating(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation;
}
