using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>Deliveries as people see them, with the names of their channels and alerts.</summary>
internal sealed class DeliveryQueryStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        d.delivery_id, d.alert_id, d.channel_id, c.name, d.state, d.attempts, d.next_attempt_at, d.last_attempt_at, d.delivered_at, d.last_error, a.title
        """;

    private const string Joined = "alert_delivery d JOIN alert_channel c USING (channel_id) JOIN alert a USING (alert_id)";

    public static async Task<AlertDelivery?> FindAsync(NpgsqlTransaction transaction, long deliveryId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM {Joined} WHERE d.delivery_id = $1", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = deliveryId } },
        };
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Of some alerts, by channel.</summary>
    public async Task<ILookup<string, AlertDelivery>> ListAsync(IReadOnlyCollection<Guid> alertIds, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM {Joined} WHERE d.alert_id = ANY($1) ORDER BY c.name, d.delivery_id");
        command.Parameters.Add(new() { Value = alertIds.ToArray() });
        return (await ReadAsync(command, cancellationToken)).ToLookup(delivery => delivery.AlertId);
    }

    /// <summary>Newest first.</summary>
    public async Task<List<AlertDelivery>> ListDeadAsync(long before, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"SELECT {Columns} FROM {Joined} WHERE d.state = 3 AND d.delivery_id < $1 ORDER BY d.delivery_id DESC LIMIT $2");
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    private static async Task<List<AlertDelivery>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var deliveries = new List<AlertDelivery>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var state = (DeliveryState)reader.GetInt16(4);
            deliveries.Add(new AlertDelivery
            {
                DeliveryId = reader.GetInt64(0),
                AlertId = reader.GetGuid(1).ToString(),
                ChannelId = reader.GetString(2),
                ChannelName = reader.GetString(3),
                State = state,
                Attempts = reader.GetInt32(5),
                NextAttemptAt = state == DeliveryState.Pending ? reader.GetFieldValue<DateTimeOffset>(6).ToTimestampUtc() : null,
                LastAttemptAt = reader.GetFieldValue<DateTimeOffset?>(7).ToTimestampUtc(),
                DeliveredAt = reader.GetFieldValue<DateTimeOffset?>(8).ToTimestampUtc(),
                LastError = reader.GetString(9),
                AlertTitle = reader.GetString(10),
            });
        }

        return deliveries;
    }
}
