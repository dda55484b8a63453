using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Postgres.Forgetting;
using Platform.Testing;

namespace Platform.Postgres.Tests;

public sealed class ForgetOldRowsTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Many_old_rows_go_in_small_parts_by_one_replica_and_the_young_stay()
    {
        await AddAsync(3_500, days: 91);
        await AddAsync(10, days: 89);
        await database.CountAsync("WITH added AS (INSERT INTO idempotency SELECT 'Op', 'k' || n, '', '', now() - (399 + n) * interval '1 day' FROM generate_series(0, 2) n RETURNING 1) SELECT count(*) FROM added");
        Assert.Equal(0, await ForgetAsync(new ForgettingOptions { MessageDays = 0, AnswerDays = 0 }));

        var forgotten = await Task.WhenAll(ForgetAsync(new()), ForgetAsync(new()), ForgetAsync(new()));
        Assert.Equal(3_502, forgotten.Sum());
        Assert.Equal(10, await database.CountAsync("SELECT count(*) FROM inbox"));
        Assert.Equal(1, await database.CountAsync("SELECT count(*) FROM idempotency"));
        Assert.Equal(0, await ForgetAsync(new()));
    }

    [Fact]
    public async Task Session_that_ends_amid_the_work_is_told_as_what_it_is_and_the_next_look_goes_on()
    {
        await database.CountAsync("""
            CREATE TABLE aged (recorded_at timestamptz NOT NULL);
            INSERT INTO aged VALUES (now() - interval '91 days');
            CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
            CREATE TRIGGER aged_ends BEFORE DELETE ON aged EXECUTE FUNCTION end_session();
            SELECT 0::bigint
            """);
        var aged = new AgingTable("aged", options => options.MessageDays);

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ForgetAsync(new(), aged));
        await database.CountAsync("DROP TRIGGER aged_ends ON aged; SELECT 0::bigint");

        // The server lets go of what the session held a moment after it has told its client; until then a look forgets nothing.
        await Eventually.TrueAsync(async () => await ForgetAsync(new(), aged) == 1, TimeSpan.FromSeconds(30), "the next look to have its turn");
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(7, 30, true)]
    [InlineData(6, 400, false)]
    [InlineData(90, 29, false)]
    public void Window_is_longer_than_anything_that_is_tried_again(int messageDays, int answerDays, bool isValid)
    {
        var options = new ForgettingOptions { MessageDays = messageDays, AnswerDays = answerDays };
        Assert.Equal(isValid, Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true));
    }

    private Task<long> AddAsync(int rows, int days) => database.CountAsync($"""
        WITH added AS (
            INSERT INTO inbox (queue, message_id, recorded_at) SELECT 'q', gen_random_uuid(), now() - interval '{days} days' - n * interval '1 second' FROM generate_series(1, {rows}) n
            RETURNING 1)
        SELECT count(*) FROM added
        """);

    private Task<long> ForgetAsync(ForgettingOptions options) => ForgetAsync(options, AgingTable.Inbox, AgingTable.Idempotency);

    private Task<long> ForgetAsync(ForgettingOptions options, params AgingTable[] tables) => new ForgetOldRows(
        database.DataSource, tables, Options.Create(options), TimeProvider.System, NullLogger<ForgetOldRows>.Instance)
        .RunAsync(TestContext.Current.CancellationToken);
}
