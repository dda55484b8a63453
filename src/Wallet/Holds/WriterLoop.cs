using System.Threading.Channels;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.ServiceDefaults;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>
/// One of the replica's writers: takes what has gathered in its queue while the batch before was committing, decides and writes it as one transaction, and
/// completes the callers when it is durable. Of a wallet's commands all go through the same loop, so that a busy wallet has one writer in a replica; other
/// replicas are kept out by its row's lock.
/// </summary>
internal sealed partial class WriterLoop
{
    /// <summary>More in one transaction makes callers wait longer and is hardly cheaper for each.</summary>
    private const int BatchLimit = 512;

    /// <summary>As many calls may wait for funds of one wallet; more are refused at once, so that one wallet cannot fill the replica's queue.</summary>
    private const int WaitersLimit = 500;

    private readonly Channel<WriterItem> _queue = Channel.CreateUnbounded<WriterItem>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<HoldCommand> _again = [];
    private readonly HashSet<string> _crowded = [];
    private readonly ParkedHolds _parked;
    private readonly KeptCommands _kept;
    private readonly NpgsqlDataSource _dataSource;
    private readonly LedgerDatabase _database;
    private readonly HoldBatch _batch;
    private readonly RecentAttempts _recent;
    private readonly WalletMetrics _metrics;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private NpgsqlConnection? _connection;
    private LastWritten _written;
    private volatile bool _stopping;

    public WriterLoop(
        LedgerDatabase database, HoldBatch batch, RecentAttempts recent, WalletMetrics metrics, TimeProvider time, ILogger<WriterLoop> log)
    {
        _dataSource = database.DataSource;
        _database = database;
        _batch = batch;
        _recent = recent;
        _metrics = metrics;
        _log = log;
        _time = time;
        _written = new LastWritten(database, time);
        _parked = new ParkedHolds(time, Wake);
        _kept = new KeptCommands(time);
    }

    public void Add(HoldCommand command)
    {
        if (!_queue.Writer.TryWrite(command))
        {
            command.Fail(Stopping());
        }
    }

    /// <summary>Decides again who waits for this wallet; for null, who waits for any.</summary>
    public void Wake(string? walletId) => _queue.Writer.TryWrite(new WakeUp(walletId));

    /// <summary>From now on nobody waits for funds here: those who do are told to ask another replica.</summary>
    public void StopWaiting()
    {
        _stopping = true;
        Wake(null);
    }

    /// <summary>Takes nothing more; <see cref="RunAsync"/> ends when what was taken is done.</summary>
    public void Close() => _queue.Writer.TryComplete();

    public async Task RunAsync()
    {
        var commands = new List<HoldCommand>(BatchLimit);
        while (_again.Count > 0 || await _queue.Reader.WaitToReadAsync())
        {
            commands.Clear();
            Take(commands);
            if (commands.Count > 0)
            {
                await WriteAsync(commands);
            }
        }

        FailParked();
        await DropConnectionAsync();
    }

    /// <summary>First what a batch before left to decide again, then what has waited and may go on, then what has arrived.</summary>
    private void Take(List<HoldCommand> commands)
    {
        _crowded.Clear();
        commands.AddRange(_again);
        _again.Clear();
        while (commands.Count < BatchLimit && _queue.Reader.TryRead(out var item))
        {
            switch (item)
            {
                case WakeUp wake when _stopping && wake.WalletId is null:
                    FailParked();
                    break;
                case WakeUp wake:
                    TakeParked(wake.WalletId, commands);
                    break;
                case CreateHoldCommand create:
                    TakeParked(create.WalletId, commands);
                    commands.Add(create);
                    break;
                case HoldCommand command:
                    commands.Add(command);
                    break;
            }
        }
    }

    private void TakeParked(string? walletId, List<HoldCommand> commands)
    {
        if (_parked.Count == 0)
        {
            return;
        }

        var taken = _parked.Take(walletId);
        commands.AddRange(taken);
        if (walletId is not null && taken.Count >= WaitersLimit)
        {
            _crowded.Add(walletId);
        }
    }

    /// <summary>A batch that fails for what one command asks is halved until that command is alone: it gets the error, the others their answers.</summary>
    private async Task WriteAsync(List<HoldCommand> commands)
    {
        try
        {
            await RefuseKeptAsync(commands, waitedInVain: false);
            await WriteOpenAsync(commands);
        }
        catch (NpgsqlException exception) when (DatabaseFailures.IsTransient(exception))
        {
            LogDatabaseFailed(exception, commands.Count);
            Fail(commands, RpcErrors.Create(
                StatusCode.Unavailable, Reasons.DependencyUnavailable, "The ledger's database does not answer. Ask again with the same attempt_id."));
        }
        catch (Exception exception) when (commands.Count == 1)
        {
            // The loop's edge: whatever it was, the caller hears of it and the loop goes on with the next.
            commands[0].Fail(exception);
        }
        catch (Exception exception)
        {
            LogHalved(exception, commands.Count);
            await WriteAsync([.. commands.Take(commands.Count / 2)]);
            await WriteAsync([.. commands.Skip(commands.Count / 2)]);
        }
    }

    /// <summary>A wallet, a cap's count or a hold that somebody keeps locked is left out, and the others are written: each round that waits in vain leaves one out at least.</summary>
    private async Task WriteOpenAsync(List<HoldCommand> commands)
    {
        while (commands.Count > 0)
        {
            try
            {
                Finish(await RunBatchAsync(commands));
                return;
            }
            catch (PostgresException exception) when (LedgerDatabase.IsKept(exception))
            {
                if (!await RefuseKeptAsync(commands, waitedInVain: true))
                {
                    throw;
                }
            }
        }
    }

    /// <returns>Whether there were such commands; they are no longer among the given ones.</returns>
    private async Task<bool> RefuseKeptAsync(List<HoldCommand> commands, bool waitedInVain)
    {
        if (_kept.IsEmpty && !waitedInVain)
        {
            return false;
        }

        _connection ??= await OpenAsync();
        if (waitedInVain)
        {
            await _kept.LookAsync(_connection, commands);
        }

        var taken = waitedInVain ? _kept.Take(commands) : await _kept.TakeAsync(_connection, commands);
        if (taken.Count > 0)
        {
            LogKept(taken.Count, string.Join(", ", _kept.KeptOf(taken).Take(5)));
            Fail(taken, RpcErrors.Create(
                StatusCode.Unavailable, Reasons.DependencyUnavailable,
                "Another transaction keeps this wallet, this hold, or the count of a cap, locked in the ledger's database. Ask again with the same attempt_id after a pause that grows."));
        }

        return taken.Count > 0;
    }

    /// <summary>
    /// What the database asks to be tried again (deadlock, a hold made elsewhere in this moment) or was cut off from is tried again, a bounded number of times.
    /// A batch whose commit was answered by nothing may stand: its repeat then finds its own holds, and changes nothing.
    /// </summary>
    private async Task<HoldBatchResult> RunBatchAsync(List<HoldCommand> commands)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var connection = _connection ?? await OpenAsync();
                var result = await _batch.RunAsync(connection, _written, commands, _crowded, CancellationToken.None);
                _metrics.HoldBatch(commands.Count, result.WasRead);
                return result;
            }
            catch (NpgsqlException exception) when (attempt < LedgerDatabase.Attempts && IsWorthRepeating(exception))
            {
                LogRepeated(exception, commands.Count, attempt);
                await DropConnectionAsync();
                await _database.PauseAsync(attempt, CancellationToken.None);
            }
            catch
            {
                // Whatever state it is in, the next batch begins on a fresh one.
                await DropConnectionAsync();
                throw;
            }
        }
    }

    /// <summary>Not what took its time already: a lock that somebody keeps, a server that does not answer, a statement that was cancelled for it.</summary>
    private static bool IsWorthRepeating(NpgsqlException exception) => exception switch
    {
        { InnerException: TimeoutException } or { SqlState: PostgresErrorCodes.QueryCanceled } => false,
        _ when LedgerDatabase.IsKept(exception) => false,
        PostgresException postgres when LedgerDatabase.IsWorthRepeating(postgres) => true,
        _ => DatabaseFailures.IsTransient(exception),
    };

    private void Finish(HoldBatchResult result)
    {
        foreach (var command in result.Answered)
        {
            if (command is CreateHoldCommand { Answer.WalletId: { Length: > 0 } walletId })
            {
                _recent.Add(command.AttemptId, walletId);
            }

            command.Complete();
        }

        _again.AddRange(result.Again);
        foreach (var hold in result.Parked)
        {
            if (_stopping)
            {
                hold.Command.Fail(Stopping());
            }
            else
            {
                _parked.Add(hold);
            }
        }

        foreach (var walletId in result.Raised.Where(walletId => _parked.CountOf(walletId) > 0))
        {
            Wake(walletId);
        }
    }

    private void FailParked() => Fail(_parked.Take(null), Stopping());

    private static void Fail(IReadOnlyList<HoldCommand> commands, Exception exception)
    {
        foreach (var command in commands)
        {
            command.Fail(exception);
        }
    }

    private static RpcException Stopping() => RpcErrors.Create(
        StatusCode.Unavailable, Reasons.DependencyUnavailable, "This replica is stopping. Ask again with the same attempt_id; another one answers.");

    /// <summary>
    /// A connection of the loop's own. Its statements only ever look rows up by key: no plan of them may come to read a whole table, however empty it was when the
    /// plan was made. The connection may come from the pool with plans of its own, made while the wallets were few, so it forgets them. A lock that somebody keeps
    /// ends the batch instead of stopping every wallet of the loop; see <see cref="KeptCommands"/>. Each statement sees what the locks before it waited for, whatever the server's default is.
    /// </summary>
    private async Task<NpgsqlConnection> OpenAsync()
    {
        // The loop's from here on: where it cannot be set up it is dropped as after any failure.
        _connection = await _dataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            """
            SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; SET plan_cache_mode = force_generic_plan;
            SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '15s'; SET default_transaction_isolation = 'read committed'; DISCARD PLANS
            """,
            _connection);
        await command.ExecuteNonQueryAsync();
        return _connection;
    }

    private async Task DropConnectionAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            _written = new LastWritten(_database, _time);
            await connection.DisposeAsync();
        }
    }

    [LoggerMessage(LogLevel.Warning, "A batch of {Commands} hold operations failed on the database and was given up.")]
    private partial void LogDatabaseFailed(Exception exception, int commands);

    [LoggerMessage(
        LogLevel.Warning,
        "{Commands} hold operations were refused since another transaction keeps locked what they need: {Rows}; pg_stat_activity and pg_locks show which one.")]
    private partial void LogKept(int commands, string rows);

    [LoggerMessage(LogLevel.Information, "A batch of {Commands} hold operations failed on the database; trying again after attempt {Attempt}.")]
    private partial void LogRepeated(Exception exception, int commands, int attempt);

    [LoggerMessage(LogLevel.Error, "A batch of {Commands} hold operations failed for what one of them asks; halving it.")]
    private partial void LogHalved(Exception exception, int commands);
}
