using System.Net;
using System.Text;
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
    /// <summary>No other test calls for it.</summary>
    private const string Team = "team_redelivery";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_delivered_again_posts_and_forecasts_nothing_twice()
    {
        using var client = await Seed.FundedTeamAsync(shared.Platform, Team, Cancel);
        await using var connection = await new ConnectionFactory
        {
            Uri = new Uri((await shared.Platform.App.GetConnectionStringAsync(ResourceNames.Messaging, Cancel))!),
        }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Cancel);
        var tap = (await channel.QueueDeclareAsync(cancellationToken: Cancel)).QueueName;
        await channel.QueueBindAsync(tap, $"{typeof(UsageMetered).Namespace}:{nameof(UsageMetered)}", "", cancellationToken: Cancel);

        var message = await MessageOfAsync(channel, tap, await CallAsync(client));
        await ForecastAsync(calls: 1);
        foreach (var queue in new[] { Queues.WalletUsageMetered, Queues.ForecastUsageMetered })
        {
            for (var i = 0; i < 5; i++)
            {
                await channel.BasicPublishAsync(queue, "", mandatory: true, new BasicProperties(message.BasicProperties), message.Body, Cancel);
            }
        }

        // A queue that is empty may have handed over what is not dealt with yet: a later call's message that has had its effect says that theirs would have come.
        await CallAsync(client);
        await ForecastAsync(calls: 2);
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
        var metered = (decimal)JsonNode.Parse(await shared.Platform.Api.GetStringAsync($"v1/spend?team={Team}", Cancel))!["total"]!["cost"]!;
        var balance = JsonNode.Parse(await shared.Platform.Api.GetStringAsync($"v1/wallets/balance?team_id={Team}", Cancel))!["effective"]!;
        Assert.Equal((metered, metered, 2), ((decimal)balance["total_spent"]!, (await SeriesAsync()).Cost, (await SeriesAsync()).Calls));
        foreach (var queue in new[] { Queues.WalletUsageMetered, Queues.ForecastUsageMetered })
        {
            Assert.Equal(0u, await ErrorCountAsync(connection, queue));
        }
    }

    /// <summary>Answers with the attempt of a call.</summary>
    private static async Task<string> CallAsync(HttpClient client)
    {
        var (status, body, response) = await Chat.CallAsync(client, Cancel);
        using (response)
        {
            Assert.True(status == HttpStatusCode.OK, body);
            return response.Headers.GetValues("X-KT-Attempt-Id").Single();
        }
    }

    /// <summary>The message that tells of an attempt, among those that tell of other tests' attempts.</summary>
    private static async Task<BasicGetResult> MessageOfAsync(IChannel channel, string tap, string attempt)
    {
        BasicGetResult? message = null;
        await Eventually.TrueAsync(
            async () => (message = await channel.BasicGetAsync(tap, autoAck: true, Cancel)) is not null && Encoding.UTF8.GetString(message.Body.Span).Contains(attempt, StringComparison.Ordinal),
            Limit, "the call's metered event");
        return message!;
    }

    /// <summary>Waits until so many calls have come to Forecast. More than that are for the caller to find.</summary>
    private Task ForecastAsync(long calls) => Eventually.TrueAsync(async () => (await SeriesAsync()).Calls >= calls, Limit, $"{calls} calls in the forecast's series");

    private async Task<(decimal Cost, long Calls)> SeriesAsync()
    {
        var days = JsonNode.Parse(await shared.Platform.Api.GetStringAsync($"v1/forecast/series?team_id={Team}&days=2", Cancel))!["days"]!.AsArray();
        return (days.Sum(day => (decimal)day!["cost"]!), days.Sum(day => (long)day!["calls"]!));
    }

    /// <summary>Poison messages would lie in the error queues, which MassTransit makes when the first one comes.</summary>
    private static async Task<uint> ErrorCountAsync(IConnection connection, string queue)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        try
        {
            return await channel.MessageCountAsync(queue + "_error", Cancel);
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return 0;
        }
    }
}
