using Npgsql;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>A delivery that this replica is at, by its claim.</summary>
/// <param name="Attempt">This one's number, from 1.</param>
/// <param name="ClaimedUntil">From then on another replica may send it.</param>
internal sealed record ClaimedDelivery(long DeliveryId, Guid AlertId, string ChannelId, int Attempt, Guid ClaimId, DateTimeOffset ClaimedUntil);

/// <summary>Writes deliveries; <see cref="DeliveryQueryStore"/> reads them for people.</summary>
internal sealed class DeliveryStore(NpgsqlDataSource dataSource)
{
    // Owners' mail (type 3 without a target) has nobody to go to for an alert that is no team's.
    private const string Owe = """
        INSERT INTO alert_delivery (alert_id, channel_id, next_attempt_at, severity)
        SELECT $1, channel_id, $2, $3 FROM alert_channel
        WHERE enabled AND NOT removed AND $3 >= minimum_severity AND (kinds = '{}' OR $4 = ANY(kinds)) AND (team_ids = '{}' OR $5 = ANY(team_ids))
          AND (type <> 3 OR target <> '' OR $5 <> '') AND channel_id <> $6
        ON CONFLICT (alert_id, channel_id) DO NOTHING
        """;

    private const string OweOne = "INSERT INTO alert_delivery (alert_id, channel_id, next_attempt_at, severity) VALUES ($1, $2, $3, $4)";

    private const string DueChannels = """
        SELECT DISTINCT d.channel_id FROM alert_delivery d JOIN alert_channel c USING (channel_id)
        WHERE d.state = 1 AND c.enabled AND d.next_attempt_at <= $1 AND (d.claimed_until IS NULL OR d.claimed_until <= $1)
        """;

    // The most severe first: what is critical is not to wait for a backlog of warnings. A claim that has ended belongs to a replica that died at it, or lost the database: whoever comes takes over.
    private const string Claim = """
        UPDATE alert_delivery SET attempts = attempts + 1, claim_id = $3, claimed_until = $4, last_attempt_at = $2
        WHERE delivery_id = (
            SELECT d.delivery_id FROM alert_delivery d JOIN alert_channel c USING (channel_id)
            WHERE d.channel_id = $1 AND d.state = 1 AND c.enabled AND d.next_attempt_at <= $2 AND (d.claimed_until IS NULL OR d.claimed_until <= $2)
            ORDER BY d.severity DESC, d.next_attempt_at, d.delivery_id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
        RETURNING delivery_id, alert_id, channel_id, attempts
        """;

    // Whatever became of the claim meanwhile: what was delivered is delivered.
    private const string EndDelivered = """
        UPDATE alert_delivery SET state = 2, delivered_at = $2, claim_id = NULL, claimed_until = NULL, last_error = '' WHERE delivery_id = $1 AND state <> 2
        """;

    private const string EndFailed = """
        UPDATE alert_delivery SET state = $3, next_attempt_at = $4, claim_id = NULL, claimed_until = NULL, last_error = $5
        WHERE delivery_id = $1 AND claim_id = $2 AND state = 1
        """;

    private const string GiveUpAll = """
        UPDATE alert_delivery SET state = 3, claim_id = NULL, claimed_until = NULL, last_error = $2 WHERE channel_id = $1 AND state = 1
        """;

    private const string Replay = """
        UPDATE alert_delivery SET state = 1, attempts = 0, next_attempt_at = $2, last_error = '' WHERE delivery_id = $1 AND state = 3
        """;

    /// <summary>Owes an alert to every channel that takes it; one about a channel, not to that channel itself.</summary>
    public static async Task OweAsync(NpgsqlTransaction transaction, AlertRow alert, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction, Owe, alert.AlertId, alert.RecordedAt, (short)alert.Severity, (short)alert.Kind, alert.TeamId,
            alert.Kind == AlertKind.ChannelFailing ? alert.Subject : "");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task OweToAsync(NpgsqlTransaction transaction, AlertRow alert, string channelId, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, OweOne, alert.AlertId, channelId, alert.RecordedAt, (short)alert.Severity);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Channels with something to send now.</summary>
    public async Task<List<string>> ListDueChannelsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(DueChannels);
        command.Parameters.Add(new() { Value = now });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var channels = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            channels.Add(reader.GetString(0));
        }

        return channels;
    }

    /// <summary>Takes the channel's next delivery that is due, of the most severe the oldest; null when there is none. Other replicas leave it alone until the claim ends.</summary>
    public async Task<ClaimedDelivery?> ClaimAsync(string channelId, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var claimId = Guid.CreateVersion7(now);
        await using var command = dataSource.CreateCommand(Claim);
        foreach (var value in new object[] { channelId, now, claimId, until })
        {
            command.Parameters.Add(new() { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new ClaimedDelivery(reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetInt32(3), claimId, until)
            : null;
    }

    public async Task EndDeliveredAsync(ClaimedDelivery delivery, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(EndDelivered);
        command.Parameters.Add(new() { Value = delivery.DeliveryId });
        command.Parameters.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Back to waiting, or dead when <paramref name="nextAttemptAt"/> is null. False when the claim is another's by now.</summary>
    public static async Task<bool> EndFailedAsync(
        NpgsqlTransaction transaction, ClaimedDelivery delivery, DateTimeOffset? nextAttemptAt, string error, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var state = nextAttemptAt is null ? DeliveryState.Dead : DeliveryState.Pending;
        await using var command = Command(
            transaction, EndFailed, delivery.DeliveryId, delivery.ClaimId, (short)state, nextAttemptAt ?? now, error);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Makes dead whatever waits for a channel.</summary>
    public static async Task GiveUpAllAsync(NpgsqlTransaction transaction, string channelId, string error, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, GiveUpAll, channelId, error);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Does nothing to one that is not dead.</summary>
    public static async Task ReplayAsync(NpgsqlTransaction transaction, long deliveryId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, Replay, deliveryId, now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand Command(NpgsqlTransaction transaction, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
