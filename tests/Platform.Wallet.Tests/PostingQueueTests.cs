using System.Text.Json;
using Platform.Contracts.Events;
using Platform.Testing;
using Platform.Wallet.Ledger;
using RabbitMQ.Client;

namespace Platform.Wallet.Tests;

/// <summary>What Wallet's queue goes on with, on a real broker, behind messages that cannot be posted yet, or never.</summary>
public sealed class PostingQueueTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    /// <summary>More than Wallet takes at once.</summary>
    private const int Batches = 5;

    /// <summary>What is tried again in its place is in the way for minutes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact(Timeout = 600_000)]
    public async Task Corrections_that_wait_and_records_that_cannot_be_posted_hold_nothing_else_up()
    {
        var token = LedgerFixture.Token;
        var broker = await TestRabbit.CreateVirtualHostAsync();
        await using var wallet = await WalletProcess.StartAsync(ledger.ConnectionString, broker, null, token);
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(token);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: token);
        var (early, spoilt, ordinary) = (await ledger.TeamWithAsync(1_000), await ledger.TeamWithAsync(100), await ledger.TeamWithAsync(100));
        var attempts = Enumerable.Range(0, Batches).Select(_ => Guid.CreateVersion7()).ToList();
        foreach (var attempt in attempts)
        {
            await PublishAsync(channel, ledger.Item(early, attempt, -3, FundingClass.External, corrects: Guid.CreateVersion7()) with { AwaitsRecord = true });
            await PublishAsync(channel, ledger.Item(spoilt, Guid.CreateVersion7(), 1, FundingClass.External), ledger.Item(spoilt, Guid.CreateVersion7(), long.MaxValue, FundingClass.External));
        }

        await PublishAsync(channel, ledger.Item(ordinary, Guid.CreateVersion7(), 20, FundingClass.External));
        await SpentAsync(ordinary, 20);
        await SpentAsync(spoilt, Batches);
        await Eventually.TrueAsync(
            async () => await ledger.ScalarAsync<long>("SELECT count(*) FROM dead_message WHERE failure_type LIKE '%PostingRefusedException' AND failure_message LIKE 'Usage records%'") == Batches, Patience, "what cannot be posted to be dead");

        foreach (var attempt in attempts)
        {
            await PublishAsync(channel, ledger.Item(early, attempt, 10, FundingClass.External));
        }

        await SpentAsync(early, 7 * Batches);
        Assert.Equal(0, await ledger.ScalarAsync<long>("SELECT count(*) FROM dead_message WHERE failure_type NOT LIKE '%PostingRefusedException'"));
        await ledger.VerifyAsync();
    }

    private Task SpentAsync(string team, long nanos) => Eventually.TrueAsync(
        async () => await ledger.ScalarAsync<long>("SELECT spent FROM wallet WHERE wallet_id = $1", WalletAccounts.IdOf(team)) == nanos, Patience, $"{team} to have spent {nanos}");

    private static async Task PublishAsync(IChannel channel, params UsageMeteredItem[] items)
    {
        var batch = new UsageMetered(Guid.CreateVersion7(), items);
        var envelope = new { messageId = batch.BatchId, messageType = new[] { "urn:message:Platform.Contracts.Events:UsageMetered" }, message = batch };
        var properties = new BasicProperties { MessageId = batch.BatchId.ToString(), ContentType = "application/vnd.masstransit+json" };
        await channel.BasicPublishAsync(
            "", Queues.WalletUsageMetered, mandatory: true, properties, JsonSerializer.SerializeToUtf8Bytes(envelope, JsonSerializerOptions.Web), LedgerFixture.Token);
    }
}
