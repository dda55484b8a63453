using Npgsql;

namespace Platform.Wallet.Identity;

/// <summary>Commands of the identity schema's stores.</summary>
internal static class IdentityCommands
{
    /// <summary>A command in the change's transaction.</summary>
    public static NpgsqlCommand Command(this IdentityChange change, string sql, params ReadOnlySpan<object?> values) =>
        new NpgsqlCommand(sql, change.Transaction.Connection, change.Transaction).With(values);

    /// <summary>Adds positional parameters; null becomes NULL, whose type each statement's column gives.</summary>
    public static NpgsqlCommand With(this NpgsqlCommand command, params ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(value switch
            {
                NpgsqlParameter parameter => parameter,
                null => new NpgsqlParameter { Value = DBNull.Value },
                IReadOnlyList<string> texts => new NpgsqlParameter { Value = texts as string[] ?? [.. texts] },
                _ => new NpgsqlParameter { Value = value },
            });
        }

        return command;
    }
}
