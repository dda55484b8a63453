using Npgsql;

namespace Platform.Wallet.Holds;

/// <summary>
/// A connection of a writer loop. It commits a batch and makes it durable afterwards, while the loop writes the next batches on others. Both happen on one
/// connection, because only that proves that no restart of the database lies between: a restart ends every connection, and takes back what was not flushed.
/// </summary>
internal sealed class WriterSession(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private const int TimeoutSeconds = 15;

    // Any transaction that writes something and commits as the server is set up to. Its record stands in the log behind all that was committed before, and the log is
    // flushed, and confirmed by standbys that must confirm, in its order.
    private const string Flush = "SELECT pg_logical_emit_message(true, 'platform.wallet', '')";

    private NpgsqlConnection? _connection;

    /// <summary>Ends when the last batch has been answered: the connection is free again.</summary>
    public Task Answered { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// The connection, opened when there is none. Its statements only ever look rows up by key: no plan of them may come to read a whole table, however empty it was
    /// when the plan was made. It may come from the pool with plans of its own, made while the wallets were few, so it forgets them. A lock that somebody keeps fails
    /// the batch instead of stopping every wallet of the loop.
    /// </summary>
    public async ValueTask<NpgsqlConnection> ConnectAsync()
    {
        if (_connection is not null)
        {
            return _connection;
        }

        // Kept before it is set up: where that fails, the batch does, and drops it.
        _connection = await dataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            """
            SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; SET plan_cache_mode = force_generic_plan;
            SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '15s'; DISCARD PLANS
            """,
            _connection);
        await command.ExecuteNonQueryAsync();
        return _connection;
    }

    /// <summary>Has the batch that this connection has just committed answered when it is durable; meanwhile the loop goes on. See <see cref="Answered"/>.</summary>
    /// <param name="isDurable">It is already.</param>
    /// <param name="answer">Takes why it is not known whether the batch is durable; null when it is.</param>
    public void AnswerWhenDurable(bool isDurable, Action<Exception?> answer) => Answered = AnswerAsync(isDurable, answer);

    /// <summary>The next batch begins on a fresh connection.</summary>
    public async ValueTask DropAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Answered;
        await DropAsync();
    }

    private async Task AnswerAsync(bool isDurable, Action<Exception?> answer)
    {
        Exception? failure = null;
        if (isDurable)
        {
            await Task.Yield();
        }
        else
        {
            try
            {
                await using var command = new NpgsqlCommand(Flush, _connection) { CommandTimeout = TimeoutSeconds };
                await command.ExecuteNonQueryAsync();
            }
            catch (Exception exception)
            {
                // The session's edge: whatever it was, nobody may be told that the batch stands.
                failure = exception;
                await DropAsync();
            }
        }

        answer(failure);
    }
}
