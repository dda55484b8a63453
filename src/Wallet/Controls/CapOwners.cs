using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Controls;

/// <summary>Whom a cap may be set on: an identity that exists.</summary>
internal static class CapOwners
{
    private const string Find = """
        SELECT currency, CASE $1
            WHEN 1 THEN true
            WHEN 2 THEN EXISTS (SELECT FROM identity.team WHERE team_id = $2)
            WHEN 3 THEN EXISTS (SELECT FROM identity.user_account WHERE user_id = $2)
            WHEN 4 THEN EXISTS (SELECT FROM identity.api_key WHERE key_id = $2 AND revoked_at IS NULL)
            ELSE false
        END
        FROM identity.organisation
        """;

    /// <summary>Answers the organisation's currency.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    public static async Task<string> RequireAsync(NpgsqlTransaction transaction, CapScope scope, string scopeId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Find, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = (short)scope }, new() { Value = scopeId } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new InvalidOperationException("There is no organisation: the bootstrap did not run.");
        }

        return reader.GetBoolean(1)
            ? reader.GetString(0)
            : throw (scope switch
            {
                CapScope.Team => RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{scopeId}'. Create it first, or list the teams."),
                CapScope.User => RpcErrors.NotFound(Reasons.UserNotFound, $"There is no user '{scopeId}'. Create it first, or list the users."),
                _ => RpcErrors.NotFound(Reasons.KeyNotFound, $"There is no valid key '{scopeId}'. List the keys."),
            });
    }
}
