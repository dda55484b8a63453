using Grpc.Core;
using Npgsql;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Testing;
using static Platform.Metering.Tests.Imports.ImportSteps;
using static Platform.Testing.RolesByName;

namespace Platform.Metering.Tests.Imports;

/// <summary>Rows whose caller goes away while they wait for the intake.</summary>
public sealed class ImportCallerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private MeteringWire _wire = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _wire = await MeteringWire.StartAsync(new RolesByName(), Cancel);

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task They_are_in_the_import_that_is_undone_after_it_and_imported_again_they_count_once()
    {
        var metering = _wire.Metering;
        var import = await metering.CreateAsync(Settings("team_support"));
        await using var connection = await metering.Database.OpenConnectionAsync(Cancel);
        await using var closing = await connection.BeginTransactionAsync(Cancel);
        await Watermark.EnterClosingAsync(closing, Cancel);
        await closing.LetIdleAsync(Cancel);

        using var gone = new CancellationTokenSource();
        var added = new Contracts.Metering.V1.Imports.ImportsClient(_wire.Channel).AddRowsAsync(
            new AddRowsRequest { ImportId = import.ImportId, Rows = { Row("one"), Row("two") }, IdempotencyKey = Key() }, As(Role.Owner, gone.Token)).ResponseAsync;
        await AskingAsync("count(*)");
        await gone.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => added);
        var undone = metering.UndoAsync(import);
        await WaitersAsync(2);
        await closing.RollbackAsync(Cancel);

        Assert.Equal(2, (await undone.WaitAsync(Patience, Cancel)).Undone);
        Assert.Equal(0, (await metering.TotalAsync()).Calls);
        await metering.ImportAsync(Settings("team_support"), [Row("one"), Row("two")]);
        Assert.Equal(2, (await metering.TotalAsync()).Calls);
    }

    [Theory(Timeout = 300_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task They_are_not_taken_in_when_what_kept_the_import_from_ending_was_lost_and_it_has_ended(bool isUndone)
    {
        var metering = _wire.Metering;
        var import = await metering.CreateAsync(Settings("team_support"));
        await using var connection = await metering.Database.OpenConnectionAsync(Cancel);
        await using var closing = await connection.BeginTransactionAsync(Cancel);
        await Watermark.EnterClosingAsync(closing, Cancel);
        await closing.LetIdleAsync(Cancel);
        var added = metering.AddAsync(import, Row("one"), Row("two"));

        // The request's own connection breaks; the intake's does not.
        await AskingAsync("count(pg_terminate_backend(pid))");
        var ended = isUndone ? metering.AskUndoAsync(import) : metering.FinishAsync(import);
        await ended.WaitAsync(Patience, Cancel);
        await closing.RollbackAsync(Cancel);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => added);

        Assert.Equal(0, (await metering.TotalAsync()).Calls);
        var again = await metering.ImportAsync(Settings("team_support"), [Row("one"), Row("two")]);
        Assert.Equal((2, 0), (again.Counts.Accepted, again.Counts.Duplicates));
        Assert.Equal(2, (await metering.TotalAsync()).Calls);
    }

    [Theory(Timeout = 300_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task They_are_counted_when_the_import_ends_where_what_would_have_counted_them_was_lost(bool isUndone)
    {
        var metering = _wire.Metering;
        var import = await metering.CreateAsync(Settings("team_support"));
        await metering.AddAsync(import, Row("zero"), Row("zero"));
        await using var connection = await metering.Database.OpenConnectionAsync(Cancel);
        await using var closing = await connection.BeginTransactionAsync(Cancel);
        await Watermark.EnterClosingAsync(closing, Cancel);
        await closing.LetIdleAsync(Cancel);
        var added = metering.AddAsync(import, Row("one"), Row("two"));
        await AskingAsync("count(pg_terminate_backend(pid))");
        await closing.RollbackAsync(Cancel);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => added);
        Assert.Equal(3, (await metering.TotalAsync()).Calls);

        var ended = isUndone ? await metering.AskUndoAsync(import) : await metering.FinishAsync(import);
        Assert.Equal((4, 3, 1, 3), (ended.Counts.Rows, ended.Counts.Accepted, ended.Counts.Duplicates, ended.Counts.Calls));
        Assert.Equal((await metering.TotalAsync()).CostNanos, ended.Counts.CostNanos);
    }

    /// <summary>Waits until a request has its import, and asks something of its connection. Others wait for the intake too now and then, so that somebody waits does not say that the request does; nor does its lock, behind which it reads the import.</summary>
    private Task AskingAsync(string what) => Eventually.TrueAsync(
        async () => await _wire.Metering.ScalarAsync<long>($"""
            SELECT {what} FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' AND query LIKE '%FROM usage_import WHERE%'
                AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted)
            """) == 1,
        Patience, "the request to have its import, and to wait for the intake");

    /// <summary>Until so many wait for a lock: the rows for the intake, the undo for the rows.</summary>
    private async Task WaitersAsync(int count)
    {
        await using var command = _wire.Metering.Database.CreateCommand("SELECT count(*) >= $1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
        command.Parameters.Add(new NpgsqlParameter { Value = count });
        await Eventually.TrueAsync(async () => (bool)(await command.ExecuteScalarAsync(Cancel))!, Patience, $"{count} to wait");
    }
}
