using Npgsql;
using Platform.Contracts;

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

    /// <summary>Teams, users, applications and keys are never removed, so a page of theirs begins behind a row that is there: behind an id that was copied in part it would pass rows over, or look like the end.</summary>
    /// <param name="exists">Whether there is a row of this id.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (PAGE_TOKEN_INVALID).</exception>
    public static async Task RequirePlaceAsync(this NpgsqlDataSource dataSource, PageRequest? page, string exists, CancellationToken cancellationToken)
    {
        if (page is not { After.Length: > 0 })
        {
            return;
        }

        await using var command = dataSource.CreateCommand(exists).With(page.After);
        if (await command.ExecuteScalarAsync(cancellationToken) is not true)
        {
            throw PageRequest.InvalidToken();
        }
    }
}
