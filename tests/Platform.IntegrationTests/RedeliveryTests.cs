using System.Net;
using System.Text.Json.Nodes;
using Aspire.Hosting.Testing;
using Platform.AppHost;
using Platform.Contracts.Events;
using Platform.Testing;
using RabbitMQ.Client;

namespace Platform.IntegrationTests;

/// <summary>A broker delivers at least once: the same message again has no second effect.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class RedeliveryTests(SharedPlatform shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_delivered_again_posts_and_forecasts_nothing_twice()
    {
        await Seed.FundSupportAsync(shared.Platform, Cancel);
        await using var connection = await new ConnectionFactory
        {
            Uri = new Uri((await shared.Platform.App.GetConnectionStringAsync(ResourceNames.Messaging, Cancel))!),
        }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        var tap = (await channel.QueueDeclareAsync(cancellationToken: Cancel)).QueueName;
        await channel.QueueBindAsync(tap, $"{typeof(UsageMetered).Namespace}:{nameof(UsageMetered)}", "", cancellationToken: Cancel);

        Assert.Equal(HttpStatusCode.OK, (await Chat.CallAsync(shared.Platform.Gateway, Cancel)).Status);
        BasicGetResult? message = null;
        await Eventually.TrueAsync(
            async () => (message = await channel.BasicGetAsync(tap, autoAck: true, Cancel)) is not null, TimeSpan.FromSeconds(30), "the call's metered event");
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
        var before = await StateAsync();

        foreach (var queue in new[] { Queues.WalletUsageMetered, Queues.ForecastUsageMetered })
        {
            for (var i = 0; i < 5; i++)
            {
                await channel.BasicPublishAsync(queue, "", mandatory: true, new BasicProperties(message!.BasicProperties), message.Body, Cancel);
            }

            await Eventually.TrueAsync(async () => await channel.MessageCountAsync(queue, Cancel) == 0, TimeSpan.FromSeconds(30), $"{queue} to be empty");
        }

        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
        Assert.Equal(before, await StateAsync());
        Assert.Equal(0u, await ErrorCountAsync(channel));
    }

    private async Task<(string Wallet, string Series)> StateAsync()
    {
        var balance = JsonNode.Parse(await shared.Platform.Api.GetStringAsync("v1/wallets/balance?team_id=team_support", Cancel))!;
        var series = await shared.Platform.Api.GetStringAsync("v1/forecast/series?team_id=team_support&days=2", Cancel);
        return (balance["effective"]!.ToJsonString(), series);
    }

    /// <summary>Poison messages would lie in the error queues, which MassTransit makes when the first one comes.</summary>
    private static async Task<uint> ErrorCountAsync(IChannel channel)
    {
        try
        {
            return await channel.MessageCountAsync(Queues.WalletUsageMetered + "_error", Cancel);
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return 0;
        }
    }
}
