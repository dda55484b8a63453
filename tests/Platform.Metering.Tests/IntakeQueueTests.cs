using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Prices;
using PriceBook = Platform.Metering.Prices.PriceBook;

namespace Platform.Metering.Tests;

/// <summary>Groups that cannot be written. A trigger refuses them with a state of its own for each try, and a sequence, which no roll-back takes back, counts the tries.</summary>
public sealed class IntakeQueueTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _metering = await MeteringFixture.CreateAsync(configure: services => services.Configure<IntakeOptions>(options => options.Writers = 1));

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Theory(Timeout = 300_000)]
    // What the database says to each try, the last to all further ones; the first try is of one request, the second of three together → how many tries there are.
    [InlineData("57P03", 2)]
    [InlineData("57P01", 2)]
    [InlineData("53300", 2)]
    [InlineData("53100", 2)]
    [InlineData("25006", 2)]
    [InlineData("28P01", 2)]
    [InlineData("08006", 2)]
    [InlineData("57014", 2)]
    // It goes away after it has refused one of the three: what is left of them is not tried alone.
    [InlineData("57P03 42501 57P03", 3)]
    [InlineData("57P03 42501 42501 57P03", 4)]
    // It refuses what it is brought: each is tried alone.
    [InlineData("57P03 42501", 5)]
    public async Task Group_is_taken_apart_for_what_it_brings_and_fails_as_one_while_the_database_is_away(string says, int tries)
    {
        await RefuseAsync(says.Split(' '));
        var book = await _metering.Get<PriceBook>().GetCurrentAsync(Cancel);
        var held = await HeldTable.HoldAsync(_metering);
        Task[] requests = [StoreAsync("first", book)];
        await held.WritersAsync(1);
        requests = [.. requests, StoreAsync("second", book), StoreAsync("third", book), StoreAsync("fourth", book)];
        await held.DisposeAsync();
        foreach (var request in requests)
        {
            await Assert.ThrowsAsync<PostgresException>(() => request);
        }

        Assert.Equal(tries + 1, await _metering.ScalarAsync<long>("SELECT nextval('tries')"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Trials_wait_for_each_other_before_the_database_so_the_intake_does_not_wait_for_them()
    {
        List<Task<RecordResponse>> tried;
        await using (var held = await HeldTable.HoldAsync(_metering, "usage_identity"))
        {
            tried = [.. Enumerable.Range(0, 6).Select(number => _metering.Get<RecordUsage>().RunAsync([Events.New($"{number}")], Cancel, isDryRun: true))];
            await held.WritersAsync(1);
            var recorded = _metering.RecordAsync(Events.New("in earnest"));
            await held.WritersAsync(2);
            Assert.Equal(2, await _metering.ScalarAsync<long>(
                "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE datname = current_database() AND NOT granted AND relation = 'usage_identity'::regclass"));
            tried.Add(recorded);
        }

        Assert.All(await Task.WhenAll(tried), answer => Assert.Equal(RecordOutcome.Accepted, answer.Results[0].Outcome));
        Assert.Single(await _metering.StreamAsync());
    }

    /// <summary>Enters the queue before it returns.</summary>
    private Task StoreAsync(string id, PriceSnapshot book) =>
        _metering.Get<IntakeQueue>().StoreAsync([new IntakeRow(RatedUsage.Rate(Events.New(id), book.In("USD"), "USD", null)!, book.Revision)], "USD", Cancel);

    private async Task RefuseAsync(string[] states)
    {
        await using var command = _metering.Database.CreateCommand($$"""
            CREATE SEQUENCE tries;
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $refuse$
            DECLARE states text[] := '{{{string.Join(',', states)}}}';
            BEGIN
                RAISE EXCEPTION 'no' USING ERRCODE = states[least(nextval('tries'), array_length(states, 1))];
            END $refuse$;
            CREATE TRIGGER refuse BEFORE INSERT ON usage_record FOR EACH STATEMENT EXECUTE FUNCTION refuse();
            """);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
