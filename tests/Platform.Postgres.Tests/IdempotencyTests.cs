using Platform.Contracts.Wallet.V1;
using Platform.Postgres;

namespace Platform.Postgres.Tests;

public sealed class IdempotencyTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_request_many_times_at_once_has_one_effect_and_one_answer()
    {
        var request = new CreditRequest { AmountNanos = 5, IdempotencyKey = "many" };
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => CallAsync("credit", request, answer: i)));
        Assert.Single(outcomes, outcome => outcome.Outcome == IdempotencyOutcome.New);
        Assert.Single(outcomes.Select(outcome => outcome.Answer).Distinct());
        Assert.Equal(1, await database.CountAsync("SELECT count(*) FROM effect WHERE name = 'many'"));
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_a_conflict()
    {
        await CallAsync("credit", new CreditRequest { AmountNanos = 5, IdempotencyKey = "conflict" }, answer: 1);
        var second = await CallAsync("credit", new CreditRequest { AmountNanos = 6, IdempotencyKey = "conflict" }, answer: 2);
        Assert.Equal(IdempotencyOutcome.Conflict, second.Outcome);
    }

    [Fact]
    public async Task The_same_key_serves_another_operation()
    {
        await CallAsync("credit", new CreditRequest { IdempotencyKey = "shared" }, answer: 1);
        Assert.Equal(IdempotencyOutcome.New, (await CallAsync("allocate", new CreditRequest { IdempotencyKey = "shared" }, answer: 2)).Outcome);
    }

    private async Task<(IdempotencyOutcome Outcome, long Answer)> CallAsync(string operation, CreditRequest request, long answer)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        var lookup = await Idempotency.BeginAsync(transaction, operation, request.IdempotencyKey, request, Cancel);
        if (lookup.Outcome != IdempotencyOutcome.New)
        {
            return (lookup.Outcome, lookup.Outcome == IdempotencyOutcome.Replay ? Transfer.Parser.ParseFrom(lookup.Response).AmountNanos : 0);
        }

        await using var effect = new Npgsql.NpgsqlCommand("INSERT INTO effect VALUES ($1)", connection, transaction) { Parameters = { new() { Value = request.IdempotencyKey } } };
        await effect.ExecuteNonQueryAsync(Cancel);
        var response = new Transfer { AmountNanos = answer };
        await Idempotency.StoreAsync(transaction, operation, request.IdempotencyKey, lookup, response, TimeProvider.System.GetUtcNow(), Cancel);
        await transaction.CommitAsync(Cancel);
        return (lookup.Outcome, answer);
    }
}
