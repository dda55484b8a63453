using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts.Channels;

/// <summary>All SQL of channels.</summary>
internal sealed class ChannelStore(NpgsqlDataSource dataSource)
{
    /// <summary>What changes that the platform makes itself say.</summary>
    public const string Platform = "platform";

    private const string Columns = """
        channel_id, name, type, target, secret, previous_secret, previous_until, kinds, team_ids, minimum_severity, enabled, disabled_reason, removed, created_at,
        changed_at, changed_by
        """;

    private const string Insert = $"""
        INSERT INTO alert_channel ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """;

    private const string Update = """
        UPDATE alert_channel
        SET name = $2, secret = $5, previous_secret = $6, previous_until = $7, kinds = $8, team_ids = $9, minimum_severity = $10, enabled = $11,
            disabled_reason = $12, removed = $13, changed_at = $15, changed_by = $16
        WHERE channel_id = $1 AND type = $3 AND target = $4 AND created_at = $14
        """;

    private const string Disable = """
        UPDATE alert_channel SET enabled = false, disabled_reason = $2, changed_at = $3, changed_by = $4 WHERE channel_id = $1 AND enabled
        """;

    /// <summary>Those that are not removed, by name.</summary>
    public async Task<List<ChannelRow>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM alert_channel WHERE NOT removed ORDER BY name");
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>A removed one too.</summary>
    public async Task<ChannelRow?> FindAsync(string channelId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM alert_channel WHERE channel_id = $1");
        command.Parameters.Add(new() { Value = channelId });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Locks one that is not removed.</summary>
    public static async Task<ChannelRow?> LockAsync(NpgsqlTransaction transaction, string channelId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT {Columns} FROM alert_channel WHERE channel_id = $1 AND NOT removed FOR NO KEY UPDATE", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = channelId } },
        };
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>False when the name is taken: then the transaction can only be rolled back.</summary>
    public static Task<bool> TryInsertAsync(NpgsqlTransaction transaction, ChannelRow channel, CancellationToken cancellationToken) =>
        TryWriteAsync(transaction, Insert, channel, cancellationToken);

    /// <summary>As <see cref="TryInsertAsync"/>; what it is and where it leads never change.</summary>
    public static Task<bool> TryUpdateAsync(NpgsqlTransaction transaction, ChannelRow channel, CancellationToken cancellationToken) =>
        TryWriteAsync(transaction, Update, channel, cancellationToken);

    public static async Task DisableAsync(
        NpgsqlTransaction transaction, string channelId, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Disable, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = channelId }, new() { Value = reason }, new() { Value = now }, new() { Value = Platform } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<bool> TryWriteAsync(NpgsqlTransaction transaction, string sql, ChannelRow channel, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = channel.ChannelId }, new() { Value = channel.Name }, new() { Value = (short)channel.Type }, new() { Value = channel.Target },
                Optional(channel.Secret, NpgsqlDbType.Bytea), Optional(channel.PreviousSecret, NpgsqlDbType.Bytea),
                Optional(channel.PreviousUntil, NpgsqlDbType.TimestampTz), new() { Value = channel.Kinds.Select(kind => (short)kind).ToArray() },
                new() { Value = channel.TeamIds.ToArray() }, new() { Value = (short)channel.MinimumSeverity }, new() { Value = channel.Enabled },
                new() { Value = channel.DisabledReason }, new() { Value = channel.Removed }, new() { Value = channel.CreatedAt },
                new() { Value = channel.ChangedAt }, new() { Value = channel.ChangedBy },
            },
        };
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "alert_channel_name" })
        {
            return false;
        }
    }

    private static NpgsqlParameter Optional(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static byte[]? Bytes(NpgsqlDataReader reader, int ordinal) => reader.IsDBNull(ordinal) ? null : reader.GetFieldValue<byte[]>(ordinal);

    private static async Task<List<ChannelRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var channels = new List<ChannelRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            channels.Add(new ChannelRow(
                reader.GetString(0), reader.GetString(1), (ChannelType)reader.GetInt16(2), reader.GetString(3), Bytes(reader, 4),
                Bytes(reader, 5), reader.GetFieldValue<DateTimeOffset?>(6),
                [.. reader.GetFieldValue<short[]>(7).Select(kind => (AlertKind)kind)], reader.GetFieldValue<string[]>(8), (AlertSeverity)reader.GetInt16(9),
                reader.GetBoolean(10), reader.GetString(11), reader.GetBoolean(12), reader.GetFieldValue<DateTimeOffset>(13),
                reader.GetFieldValue<DateTimeOffset>(14), reader.GetString(15)));
        }

        return channels;
    }
}
