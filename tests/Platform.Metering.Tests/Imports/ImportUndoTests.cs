using CsCheck;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Imports;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Metering.Teams;
using static Platform.Metering.Tests.Imports.ImportSteps;

namespace Platform.Metering.Tests.Imports;

public sealed class ImportUndoTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Day.AddDays(30));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task An_undone_import_leaves_nothing_in_any_sum_and_everything_visible()
    {
        var import = await _metering.ImportAsync(Settings("team_support"), [Row("one"), Row("two", row => row.Requests = 7), Row("three", row => row.Model = "unknown-model")]);
        var undone = await _metering.UndoAsync(import);

        Assert.Equal((ImportState.Undone, 3, "key_admin", "wrong team"), (undone.State, undone.Undone, undone.UndoAskedBy, undone.UndoNote));
        Assert.Equal(new SpendRow(), await WithoutKeysAsync());
        Assert.Equal(6, (await _metering.StreamAsync()).Count);
        Assert.Empty((await _metering.Get<UnpricedUsageStore>().ListAsync(Cancel)).Usage);
        Assert.Equal(undone.UndoneAt, (await _metering.UndoAsync(import)).UndoneAt);
        Assert.Equal(6, (await _metering.StreamAsync()).Count);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_step_of_an_undo_reads_its_own_records_only_whatever_the_database_knows_of_its_tables()
    {
        // Nothing is known of what has just come in until the tables are analysed: the rest of a large import was read and sorted for every thousand of its records.
        var import = await _metering.ImportAsync(
            Settings("team_support"), Enumerable.Range(0, 5_000).Select(number => Row($"row-{number}", row => row.OccurredAt = Day.AddMinutes(number).ToTimestampUtc())), piece: 1_000);
        await using var connection = await _metering.Database.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);

        // A connection of the pool may still count what it read for others before.
        await using var reads = new NpgsqlCommand(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables WHERE relname LIKE 'usage_record%' OR relname LIKE 'usage_identity%'", connection, transaction);
        var before = (long)(await reads.ExecuteScalarAsync(Cancel))!;
        Assert.Equal(100, (await ImportRecordStore.LockNextAsync(transaction, Guid.Parse(import.ImportId), null, null, 100, Cancel)).Count);
        Assert.InRange((long)(await reads.ExecuteScalarAsync(Cancel))! - before, 300, 500);
    }

    [Fact(Timeout = 300_000)]
    public async Task An_undo_that_waits_for_Wallet_keeps_neither_prices_nor_usage_waiting()
    {
        var import = await _metering.ImportAsync(Settings("team_support"), [Row("one"), Row("two")]);
        await _metering.AskUndoAsync(import);
        var wallet = new SlowOrganisation();
        await using var restarted = _metering.Another(_time, services => services.AddSingleton<ITeamSource>(wallet));
        var undo = restarted.Get<UndoImports>().RunAsync(Cancel);
        await (await Task.WhenAny(undo, wallet.Asked).WaitAsync(Cancel)); // An undo that failed before it asked says why.
        Assert.True(wallet.Asked.IsCompleted);

        await using (var tryLock = _metering.Database.CreateCommand($"SELECT pg_try_advisory_xact_lock({AdvisoryLocks.Repricing}) FROM usage_record FOR UPDATE NOWAIT"))
        {
            Assert.True((bool)(await tryLock.ExecuteScalarAsync(Cancel))!);
        }

        await _metering.RecordAsync(Events.New("meanwhile", Day));
        wallet.Answer("USD");
        Assert.Equal(2, await undo);
    }

    [Fact(Timeout = 300_000)]
    public async Task An_undo_names_the_later_file_whose_rows_went_with_it_until_that_is_imported_again()
    {
        var first = await _metering.ImportAsync(Settings("team_support"), [Row("day 1"), Row("day 2")]);
        var second = await _metering.ImportAsync(Settings("team_support"), [Row("day 2"), Row("day 3")]);
        await _metering.ImportAsync(Settings("team_support", "litellm"), [Row("other", row => row.Provider = "elsewhere"), Row("other", row => row.Provider = "elsewhere")]);

        _time.Advance(TimeSpan.FromSeconds(1));
        var undone = await _metering.UndoAsync(first);
        Assert.StartsWith($"Import {second.ImportId} ('usage.csv') found 1 rows there already.", Assert.Single(undone.Warnings), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 1), (await _metering.ImportAsync(Settings("team_support"), [Row("day 2"), Row("day 3")])).Counts is var counts ? (counts.Accepted, counts.Duplicates) : default);
        Assert.Empty((await _metering.Get<ListImports>().GetAsync(Guid.Parse(first.ImportId), Cancel)).Warnings);
        Assert.Equal(2, (await _metering.TotalAsync()).Calls - 1);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_undone_may_be_imported_again_for_another_team()
    {
        ImportRow[] rows = [Row("one"), Row("two", row => row.Requests = 7)];
        for (var round = 0; round < 3; round++)
        {
            await _metering.UndoAsync(await _metering.ImportAsync(Settings("team_support"), rows));
        }

        var again = await _metering.ImportAsync(Settings("team_search"), rows);
        Assert.Equal((2, 0, 8), (again.Counts.Accepted, again.Counts.Duplicates, again.Counts.Calls));
        Assert.Equal(2, (await _metering.ImportAsync(Settings("team_search"), rows)).Counts.Duplicates);
        var teams = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Team } });
        Assert.Equal([("team_search", 8)], teams.Rows.Where(row => row.Calls != 0).Select(row => (row.Keys[0], row.Calls)));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_price_that_comes_before_or_after_the_undo_leaves_nothing_either()
    {
        var import = await _metering.ImportAsync(Settings("team_support"), [
            Row("priced", row => row.Tokens = new Tokens { Input = 3, CachedInput = 7, Output = 11 }),
            Row("unpriced", row => (row.Model, row.Requests, row.ContextTokens, row.Tokens) = ("new-model", 3, 5, new Tokens { Input = 13, Output = 1 })),
        ]);
        await PriceAsync("gpt-4o-mini", 333_333_333);
        await PriceAsync("new-model", 777_777_777);
        await _metering.UndoAsync(import);
        Assert.Equal(new SpendRow(), await WithoutKeysAsync());

        await PriceAsync("gpt-4o-mini", 123_456_789, Day.AddHours(1));
        await PriceAsync("new-model", 987_654_321, Day.AddHours(1));
        Assert.Equal(new SpendRow(), await WithoutKeysAsync());
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_takes_a_record_back_names_the_price_that_it_was_rated_at_last()
    {
        var import = await _metering.ImportAsync(Settings("team_support"), [Row("own"), Row("late", row => row.Model = "new-model")]);
        await PriceAsync("new-model", 777_777_777);
        await PriceAsync("new-model", 987_654_321, Day.AddHours(1));
        var last = await _metering.ScalarAsync<long>("SELECT max(price_id) FROM price WHERE model = 'new-model'");
        var own = (await _metering.StreamAsync()).Single(record => record.Event.ModelServed == "gpt-4o-mini");
        Assert.Equal(RecordOutcome.Accepted, (await _metering.RecordAsync(new UsageEvent { Source = "finance", EventId = "less", CorrectsRecordId = own.RecordId, Tokens = new Tokens { Output = -100 } })).Results[0].Outcome);

        // As a version before took corrections in that were dated on another day: at that day's price.
        await _metering.ScalarAsync<long>("WITH row AS (UPDATE usage_record SET price_id = price_id + 1000 WHERE source = 'finance' RETURNING 1) SELECT count(*) FROM row");
        _time.Advance(TimeSpan.FromSeconds(1));
        await _metering.UndoAsync(import);
        _time.Advance(TimeSpan.FromSeconds(1));
        var undone = (await _metering.StreamAsync()).Where(record => record.Event.Source == UndoneUsage.Source).ToDictionary(record => record.Event.ModelServed, record => record.Event.PriceId);
        Assert.Equal((own.Event.PriceId, last), (undone["gpt-4o-mini"], undone["new-model"]));
        Assert.Equal(new SpendRow(), await WithoutKeysAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task What_a_correction_took_back_whole_is_not_taken_back_once_more()
    {
        var import = await _metering.ImportAsync(Settings("team_support"), [Row("one"), Row("many", row => row.Requests = 7)]);
        foreach (var record in await _metering.StreamAsync())
        {
            var tokens = record.Event.Tokens;
            var result = (await _metering.RecordAsync(new UsageEvent
            {
                Source = "finance", EventId = record.RecordId, CorrectsRecordId = record.RecordId, Requests = -Math.Max(1, record.Event.Requests),
                Tokens = new Tokens { Input = -tokens.Input, CachedInput = -tokens.CachedInput, CacheWrite = -tokens.CacheWrite, Output = -tokens.Output, Reasoning = -tokens.Reasoning },
            })).Results[0];
            Assert.Equal(RecordOutcome.Accepted, result.Outcome);
        }

        Assert.Equal(new SpendRow(), await WithoutKeysAsync());
        Assert.Equal(2, (await _metering.UndoAsync(import)).Undone);
        Assert.Equal(new SpendRow(), await WithoutKeysAsync());
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_that_is_being_decided_when_the_undo_begins_is_taken_back_too()
    {
        var import = await _metering.ImportAsync(Settings("team_support"), [Row("one"), Row("two")]);
        var record = (await _metering.StreamAsync())[0];
        var held = await HeldTable.HoldAsync(_metering);
        var correcting = _metering.RecordAsync(new UsageEvent { Source = "finance", EventId = "less", CorrectsRecordId = record.RecordId, Tokens = new Tokens { Output = -100 } });
        await held.WritersAsync(1);
        await _metering.AskUndoAsync(import);
        var undoing = _metering.Get<UndoImports>().RunAsync(Cancel);
        await held.RowsAsync();

        await held.DisposeAsync();
        Assert.Equal(RecordOutcome.Accepted, (await correcting).Results[0].Outcome);
        Assert.Equal(2, await undoing);
        Assert.Equal(new SpendRow(), await WithoutKeysAsync());
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_by_a_person_is_taken_back_too()
    {
        var import = await _metering.ImportAsync(Settings("team_support"), [Row("one")]);
        var record = (await _metering.StreamAsync()).Single();
        await _metering.RecordAsync(Events.New("less", record.Event.OccurredAt.ToDateTimeOffset(), usage =>
        {
            (usage.Funding, usage.CorrectsRecordId, usage.Tokens) = (Funding.History, record.RecordId, new Tokens { Output = -100 });
            (usage.Lane, usage.Workload, usage.KeyId) = ("", "", "");
        }));

        await _metering.UndoAsync(import);
        Assert.Equal(new SpendRow(), await WithoutKeysAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task An_undo_that_two_replicas_do_is_done_once_and_goes_on_where_one_stopped()
    {
        var import = await _metering.ImportAsync(Settings("team_support"), Enumerable.Range(0, 2_500).Select(number => Row($"row-{number}")), piece: 1_000);
        await _metering.AskUndoAsync(import);
        await using var other = _metering.Another(_time);
        var counts = await Task.WhenAll(_metering.Get<UndoImports>().RunAsync(Cancel), other.Get<UndoImports>().RunAsync(Cancel));

        // A replica that finds the other at work looks again later; here one look more is enough.
        Assert.Equal(2_500, counts.Sum() + await other.Get<UndoImports>().RunAsync(Cancel));
        Assert.Equal(new SpendRow(), await WithoutKeysAsync());
        Assert.Equal(5_000, await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_record"));
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_no_longer_kept_cannot_be_taken_back()
    {
        var import = await _metering.ImportAsync(Settings("team_support"), [Row("one")]);
        await _metering.Get<Intake.Watermark>().KeepFromAsync(Day.AddDays(20), Cancel);

        var error = await Assert.ThrowsAsync<RpcException>(() => _metering.AskUndoAsync(import));
        Assert.Equal(Reasons.ImportTooOld, RpcErrors.ReasonOf(error));
        Assert.Equal(1, (await _metering.TotalAsync()).Calls);
    }

    [Fact(Timeout = 900_000)]
    public async Task Twice_is_once_and_an_import_with_its_undo_is_nothing()
    {
        var row = Gen.Select(Gen.Int[0, 40], Gen.Int[0, 5_000], Gen.Int[0, 3], Gen.Int[0, 4], Gen.Int[0, 3], (key, tokens, model, requests, team) => Row($"key-{key}", row =>
        {
            row.OccurredAt = Day.AddMinutes(key * 17).ToTimestampUtc();
            row.Model = model switch { 0 => "unknown-model", 1 => "gpt-4o", _ => "gpt-4o-mini" };
            row.Tokens = new Tokens { Input = tokens, CachedInput = tokens / 3, CacheWrite = tokens % 7, Output = tokens % 400 };
            row.Requests = requests;
            row.TeamId = team switch { 0 => "", 1 => "team_search", _ => "team_platform" };
        }));
        await Gen.Select(row.Array[1, 60], Gen.Int[1, 30], Gen.Bool).SampleAsync(
            async (rows, piece, overlap) =>
            {
                await using var metering = await MeteringFixture.CreateAsync(_time);
                await metering.RecordAsync([.. Enumerable.Range(0, 5).Select(Events.Varied)]);
                var before = await metering.TotalAsync();
                var first = await metering.ImportAsync(Settings("team_support"), rows, piece);
                var after = await metering.TotalAsync();
                var second = await metering.ImportAsync(Settings("team_support"), overlap ? rows.Skip(rows.Length / 2) : rows, piece + 1);
                Assert.Equal(0, second.Counts.Accepted);
                Assert.Equal(after, await metering.TotalAsync());
                Assert.Equal(after.CostNanos - before.CostNanos, first.Counts.CostNanos);
                Assert.Equal(after.Calls - before.Calls, first.Counts.Calls);
                await metering.UndoAsync(first);
                Assert.Equal(before, await metering.TotalAsync());
                await RollupCheck.AssertEqualAsync(metering);
            },
            iter: 12, threads: 1);
    }

    private async Task PriceAsync(string model, long perMillion, DateTimeOffset? from = null)
    {
        await _metering.Get<SetPrice>().RunAsync(
            new SetPriceRequest
            {
                Price = new PriceRow
                {
                    Provider = "openai", Model = model, Currency = "USD", InputPerMillion = perMillion, CachedInputPerMillion = perMillion / 2, CacheWritePerMillion = perMillion,
                    OutputPerMillion = perMillion * 3, ReasoningPerMillion = perMillion, PerRequest = 17, EffectiveFrom = (from ?? Day).ToTimestampUtc(), Source = "test",
                },
                Retroactive = true, IdempotencyKey = Key(),
            }, "key_test",
            Cancel);
        await _metering.Get<RepriceUsage>().RunAsync(Cancel);
    }

    /// <summary>All sums, of which nothing may be left.</summary>
    private async Task<SpendRow> WithoutKeysAsync()
    {
        var total = (await _metering.TotalAsync()).Clone();
        total.Keys.Clear();
        return total;
    }

    /// <summary>Does not answer before it is told to.</summary>
    private sealed class SlowOrganisation : ITeamSource
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<string> _currency = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public void Answer(string currency) => _currency.SetResult(currency);

        public Task<IReadOnlyCollection<KnownTeam>> ReadTeamsAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("An undo needs no teams.");

        public Task<string> ReadCurrencyAsync(CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            return _currency.Task.WaitAsync(cancellationToken);
        }
    }
}
