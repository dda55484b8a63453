using System.Text.Json;
using MassTransit;
using Npgsql;

namespace Platform.Postgres.DeadMessages;

/// <summary>Puts what a service itself gives up among its dead messages, as the broker's would be: people hear of it, see it, and send it to the queue again.</summary>
public static class SetAside
{
    /// <param name="queue">Where a replay sends it; one of this service's queues.</param>
    /// <param name="owed">Its id is new to the queue's inbox.</param>
    public static async Task AddAsync(
        NpgsqlTransaction transaction, string queue, OwedEvent owed, Exception failure, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var type = MessageUrn.ForTypeString(owed.Message.GetType());
        var envelope = new { messageId = owed.MessageId, messageType = new[] { type }, message = owed.Message };
        var row = new DeadMessageRow(
            0, queue, owed.MessageId.ToString(), type.Replace("urn:message:", "", StringComparison.Ordinal), "application/vnd.masstransit+json",
            JsonSerializer.SerializeToUtf8Bytes(envelope, OutboxJson.Options), failure.GetType().FullName!, failure.Message, now, now);
        await DeadMessageStore.TryAddAsync(transaction.Connection!, transaction, row, cancellationToken);
    }
}
