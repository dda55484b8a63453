using System.Security.Cryptography;
using Google.Protobuf;
using Platform.Contracts.Metering.V1;
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

    [Fact]
    public async Task The_same_request_is_known_in_whatever_order_its_maps_come()
    {
        var (sent, repeated) = (Tagged("maps", "cost-center", "app"), Tagged("maps", "app", "cost-center"));
        Assert.NotEqual(sent.ToByteArray(), repeated.ToByteArray());
        await CallAsync("set rule", sent, "maps", answer: 1);
        Assert.Equal((IdempotencyOutcome.Replay, 1), await CallAsync("set rule", repeated, "maps", answer: 2));

        repeated.Rule.Tags["app"] = "other";
        Assert.Equal(IdempotencyOutcome.Conflict, (await CallAsync("set rule", repeated, "maps", answer: 2)).Outcome);
    }

    [Fact]
    public async Task What_earlier_versions_have_answered_is_known()
    {
        var request = Tagged("earlier", "cost-center", "app");
        await using var kept = database.DataSource.CreateCommand("INSERT INTO idempotency (operation, idempotency_key, request_sha256, response, recorded_at) VALUES ('set rule', 'earlier', $1, $2, now())");
        kept.Parameters.Add(new() { Value = SHA256.HashData(request.ToByteArray()) });
        kept.Parameters.Add(new() { Value = new Transfer { AmountNanos = 7 }.ToByteArray() });
        await kept.ExecuteNonQueryAsync(Cancel);
        Assert.Equal((IdempotencyOutcome.Replay, 7), await CallAsync("set rule", request, "earlier", answer: 2));
    }

    private static SetRuleRequest Tagged(string key, params string[] tags)
    {
        var request = new SetRuleRequest { IdempotencyKey = key, Rule = new WorkloadRule { Name = "nightly", Workload = "batch" } };
        foreach (var tag in tags)
        {
            request.Rule.Tags.Add(tag, "x");
        }

        return request;
    }

    private Task<(IdempotencyOutcome Outcome, long Answer)> CallAsync(string operation, CreditRequest request, long answer) =>
        CallAsync(operation, request, request.IdempotencyKey, answer);

    private async Task<(IdempotencyOutcome Outcome, long Answer)> CallAsync(string operation, IMessage request, string key, long answer)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        var lookup = await Idempotency.BeginAsync(transaction, operation, key, request, Cancel);
        if (lookup.Outcome != IdempotencyOutcome.New)
        {
            return (lookup.Outcome, lookup.Outcome == IdempotencyOutcome.Replay ? Transfer.Parser.ParseFrom(lookup.Response).AmountNanos : 0);
        }

        await using var effect = new Npgsql.NpgsqlCommand("INSERT INTO effect VALUES ($1)", connection, transaction) { Parameters = { new() { Value = key } } };
        await effect.ExecuteNonQueryAsync(Cancel);
        var response = new Transfer { AmountNanos = answer };
        await Idempotency.StoreAsync(transaction, operation, key, lookup, response, TimeProvider.System.GetUtcNow(), Cancel);
        await transaction.CommitAsync(Cancel);
        return (lookup.Outcome, answer);
    }
}
