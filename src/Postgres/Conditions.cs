using Npgsql;

namespace Platform.Postgres;

/// <summary>
/// Conditions that people are told of once each time that they begin to hold, whatever the number of replicas that see them and of restarts meanwhile. Who looks at some
/// enters first, so that of several replicas one after another looks, tells, and says what has ended.
/// </summary>
public static class Conditions
{
    /// <summary>Waits for the others that look; call it before what is looked at is read, in the transaction that tells of it.</summary>
    public static async Task EnterAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, "LOCK TABLE told_condition IN SHARE ROW EXCLUSIVE MODE");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>False when people were told already that it holds.</summary>
    public static async Task<bool> TryBeginAsync(NpgsqlTransaction transaction, string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, "INSERT INTO told_condition (name, told_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, now);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Does nothing when it does not hold.</summary>
    public static async Task EndAsync(NpgsqlTransaction transaction, string name, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, "DELETE FROM told_condition WHERE name = $1", name);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Ends all whose names begin like this, but for those that still hold.</summary>
    public static async Task EndOthersAsync(NpgsqlTransaction transaction, string prefix, string[] holding, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, "DELETE FROM told_condition WHERE starts_with(name, $1) AND name <> ALL($2)", prefix, holding);
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
