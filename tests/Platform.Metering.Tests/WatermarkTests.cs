using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.ServiceDefaults;
using Platform.Testing;

namespace Platform.Metering.Tests;

public sealed class WatermarkTests
{
    [Fact(Timeout = 900_000)]
    public async Task Reader_at_a_watermark_sees_the_same_rows_for_ever_under_concurrent_intake()
    {
        await using var metering = await MeteringFixture.CreateAsync();
        var cancellationToken = TestContext.Current.CancellationToken;
        var next = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var first = Interlocked.Add(ref next, 50);
                await metering.RecordAsync([.. Enumerable.Range(first, 50).Select(Events.Varied)]);
            }
        }, cancellationToken)).ToList();

        var seen = new List<(DateTimeOffset Until, string[] Ids)>();
        while (seen.Count < 40 || seen[^1].Ids.Length == 0)
        {
            // A little ahead, where a record could still be recorded at or before it if nothing held that back.
            var until = TimeProvider.System.GetUtcNow().AddMilliseconds(seen.Count % 3 * 5).TruncateToMicroseconds();
            seen.Add((until, await ReadAsync(metering, until)));
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        foreach (var (until, ids) in seen)
        {
            Assert.Equal(ids, await ReadAsync(metering, until));
        }

        Assert.NotEmpty(seen[^1].Ids);
    }

    [Fact(Timeout = 300_000)]
    public async Task Clock_that_steps_back_records_nothing_behind_a_closed_watermark()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        await using var metering = await MeteringFixture.CreateAsync(time);
        var until = time.GetUtcNow().AddSeconds(4);
        Assert.Empty(await ReadAsync(metering, until));
        await metering.RecordAsync(Events.New("one"));
        Assert.Empty(await ReadAsync(metering, until));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(await ReadAsync(metering, time.GetUtcNow()));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Process_that_hangs_within_an_intake_or_a_closing_stops_the_others_for_seconds_only(bool closes)
    {
        await using var metering = await MeteringFixture.CreateAsync();
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var connection = await metering.Database.OpenConnectionAsync(cancellationToken);
        await using var hanging = await connection.BeginTransactionAsync(cancellationToken);
        await (closes ? Watermark.EnterClosingAsync(hanging, cancellationToken) : Watermark.EnterIntakeAsync(hanging, TimeProvider.System, cancellationToken));

        // Both end before 30 s, after which they would give up.
        var reading = ReadAsync(metering, TimeProvider.System.GetUtcNow().TruncateToMicroseconds());
        Assert.Equal(RecordOutcome.Accepted, (await metering.RecordAsync(Events.New("one"))).Results[0].Outcome);
        await reading;

        // It finds out when it goes on, and may do the same anew.
        var ended = await Assert.ThrowsAnyAsync<NpgsqlException>(() => hanging.CommitAsync(cancellationToken));
        Assert.True(DatabaseFailures.IsTransient(ended), ended.ToString());
    }

    [Fact(Timeout = 300_000)]
    public async Task Process_that_is_halted_within_a_copy_is_ended_and_one_that_is_slow_is_not()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var metering = await MeteringFixture.CreateAsync(time);
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var connection = await metering.Database.OpenConnectionAsync(cancellationToken);
        await using var halted = await connection.BeginTransactionAsync(cancellationToken);
        await Watermark.EnterIntakeAsync(halted, time, cancellationToken);
        await halted.LetIdleAsync(cancellationToken);
        var copy = await connection.BeginRawBinaryCopyAsync(UsageColumns.Copy, cancellationToken);
        var ending = metering.Get<EndHaltedIntakes>();
        using var buffer = new CopyBuffer();
        buffer.Begin();
        await UntilItWaitsAsync(bytes: 0);
        Assert.Equal(0, await LookAsync(TimeSpan.Zero));

        // Something came of it meanwhile.
        await copy.WriteAsync(buffer.Written, cancellationToken);
        await copy.FlushAsync(cancellationToken);
        await UntilItWaitsAsync(buffer.Written.Length);
        Assert.Equal(0, await LookAsync(EndHaltedIntakes.Longest));
        Assert.Equal(0, await LookAsync(EndHaltedIntakes.Longest - TimeSpan.FromSeconds(1)));
        Assert.Equal(1, await LookAsync(TimeSpan.FromSeconds(1)));
        await ReadAsync(metering, time.GetUtcNow().TruncateToMicroseconds());
        Assert.Equal(RecordOutcome.Accepted, (await metering.RecordAsync(Events.New("one"))).Results[0].Outcome);

        // It finds out when it goes on, and may do the same anew.
        var ended = await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await copy.DisposeAsync());
        Assert.True(DatabaseFailures.IsTransient(ended), ended.ToString());

        Task<int> LookAsync(TimeSpan later)
        {
            time.Advance(later);
            return ending.RunAsync(cancellationToken);
        }

        async Task UntilItWaitsAsync(int bytes)
        {
            while (await metering.ScalarAsync<long>($"SELECT count(*) FROM pg_stat_progress_copy JOIN pg_stat_activity USING (pid) WHERE pid = {connection.ProcessID} AND wait_event = 'ClientRead' AND bytes_processed = {bytes}") == 0)
            {
                // The server has not come to it yet.
            }
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Process_that_is_halted_within_a_command_that_it_sends_in_parts_is_ended()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var metering = await MeteringFixture.CreateAsync(time);
        var cancellationToken = TestContext.Current.CancellationToken;
        var server = new NpgsqlConnectionStringBuilder(metering.ConnectionString);
        await using var network = new LossyProxy(new Uri($"http://localhost:{server.Port}"));
        (server.Host, server.Port, server.Pooling) = ("127.0.0.1", network.Address.Port, false);
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var halted = await connection.BeginTransactionAsync(cancellationToken);
        await Watermark.EnterIntakeAsync(halted, time, cancellationToken);

        // The server gets the statement, and of its parameter the beginning.
        network.LoseWhatFlows(after: 4_096);
        await using var command = new NpgsqlCommand("SELECT length($1)", connection, halted) { Parameters = { new() { Value = new string('x', 100_000) } } };
        var sending = command.ExecuteScalarAsync(cancellationToken);
        while (await metering.ScalarAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE pid = {connection.ProcessID} AND state = 'active' AND wait_event = 'ClientRead'") == 0)
        {
            // The server has not come to it yet.
        }

        var ending = metering.Get<EndHaltedIntakes>();
        Assert.Equal(0, await ending.RunAsync(cancellationToken));
        time.Advance(EndHaltedIntakes.Longest - TimeSpan.FromSeconds(1));
        Assert.Equal(0, await ending.RunAsync(cancellationToken));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await ending.RunAsync(cancellationToken));
        await ReadAsync(metering, time.GetUtcNow().TruncateToMicroseconds());

        var ended = await Assert.ThrowsAnyAsync<NpgsqlException>(() => sending);
        Assert.True(DatabaseFailures.IsTransient(ended), ended.ToString());
    }

    [Fact(Timeout = 300_000)]
    public async Task Watermark_in_the_future_is_refused()
    {
        await using var metering = await MeteringFixture.CreateAsync();
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => ReadAsync(metering, TimeProvider.System.GetUtcNow().AddMinutes(1)));
        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(error));
    }

    private static async Task<string[]> ReadAsync(MeteringFixture metering, DateTimeOffset until) =>
        [.. (await metering.StreamAsync(new StreamUsageRequest { RecordedUntil = until.ToTimestampUtc() })).Select(record => record.RecordId)];
}
