using System.Collections.Concurrent;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Controls;

/// <summary>
/// Whom a cap may be set on: an identity that exists. A key stands for all that it was rotated from and to, under the id of the first of them: a rotation changes the
/// secret, not the limit. Which key is the first never changes, so it is asked for once a process.
/// </summary>
internal sealed class CapOwners(NpgsqlDataSource dataSource, CapDirectory directory)
{
    private const string FirstKey = """
        WITH RECURSIVE line AS (
            SELECT key_id, replaces FROM identity.api_key WHERE key_id = $1
            UNION ALL SELECT k.key_id, k.replaces FROM identity.api_key k JOIN line ON k.key_id = line.replaces)
        SELECT key_id FROM line WHERE replaces IS NULL
        """;

    // What is revoked of a line is a secret; the line is there as long as one of its keys is; where what was counts too ($3), for ever.
    private const string Find = """
        WITH RECURSIVE line AS (
            SELECT key_id, revoked_at FROM identity.api_key WHERE $1 = 4 AND key_id = $2
            UNION ALL SELECT k.key_id, k.revoked_at FROM identity.api_key k JOIN line ON k.replaces = line.key_id)
        SELECT currency, CASE $1
            WHEN 2 THEN EXISTS (SELECT FROM identity.team WHERE team_id = $2)
            WHEN 3 THEN EXISTS (SELECT FROM identity.user_account WHERE user_id = $2)
            WHEN 4 THEN EXISTS (SELECT FROM line WHERE revoked_at IS NULL OR $3)
            ELSE true
        END
        FROM identity.organisation
        """;

    // A user's calls are of their keys' teams.
    private const string FindTeam = """
        SELECT coalesce(CASE $1
            WHEN 2 THEN $2
            WHEN 3 THEN (SELECT min(team_id) FROM identity.api_key WHERE user_id = $2 HAVING count(DISTINCT team_id) = 1)
            WHEN 4 THEN (SELECT team_id FROM identity.api_key WHERE key_id = $2)
        END, '')
        """;

    private readonly ConcurrentDictionary<string, string> _firstKeys = new();

    /// <summary>Answers the organisation's currency.</summary>
    /// <param name="scopeId">Of a key the first of its line: see <see cref="IdOfAsync"/>.</param>
    /// <param name="askedId">As the caller wrote it, for the error.</param>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND; of a key, when there is none or all of its line are revoked.</exception>
    public static async Task<string> RequireAsync(
        NpgsqlTransaction transaction, CapScope scope, string scopeId, string askedId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Find, transaction.Connection, transaction);
        return await RequireAsync(command, scope, scopeId, askedId, revokedToo: false, cancellationToken);
    }

    /// <summary>Of one without caps: whether there is a team, user or key of this id, a revoked key too.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    public async Task RequireKnownAsync(CapScope scope, string scopeId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Find);
        await RequireAsync(command, scope, scopeId, scopeId, revokedToo: true, cancellationToken);
    }

    /// <summary>The team whose calls a cap limits; empty: those of several teams, or of all.</summary>
    public static async Task<string> TeamOfAsync(NpgsqlTransaction transaction, CapRow cap, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindTeam, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = (short)cap.Scope }, new() { Value = cap.ScopeId } },
        };
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The id that caps of this one are kept under: of a key that replaced another, the first one's.</summary>
    public async ValueTask<string> IdOfAsync(CapScope scope, string scopeId, CancellationToken cancellationToken)
    {
        if (scope != CapScope.Key || scopeId.Length == 0)
        {
            return scopeId;
        }

        if (!_firstKeys.TryGetValue(scopeId, out var first))
        {
            await using var command = dataSource.CreateCommand(FirstKey);
            command.Parameters.Add(new() { Value = scopeId });
            first = (string?)await command.ExecuteScalarAsync(cancellationToken);
            if (first is null)
            {
                return scopeId;
            }

            _firstKeys[scopeId] = first;
        }

        return first;
    }

    /// <summary>The subject as caps know it. Costs nothing while no cap is on a key.</summary>
    public async ValueTask<CapSubject> ResolveAsync(CapSubject subject, CancellationToken cancellationToken) => directory.AnyOnKeys
        ? subject with { KeyId = await IdOfAsync(CapScope.Key, subject.KeyId, cancellationToken) }
        : subject;

    private static async Task<string> RequireAsync(NpgsqlCommand find, CapScope scope, string scopeId, string askedId, bool revokedToo, CancellationToken cancellationToken)
    {
        find.Parameters.Add(new() { Value = (short)scope });
        find.Parameters.Add(new() { Value = scopeId });
        find.Parameters.Add(new() { Value = revokedToo });
        await using var reader = await find.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new InvalidOperationException("There is no organisation: the bootstrap did not run.");
        }

        return reader.GetBoolean(1) ? reader.GetString(0) : throw NotFound(scope, askedId);
    }

    private static RpcException NotFound(CapScope scope, string scopeId) => scope switch
    {
        CapScope.User => RpcErrors.NotFound(Reasons.UserNotFound, $"There is no user '{scopeId}'. Make one first, or list the users."),
        CapScope.Key => RpcErrors.NotFound(Reasons.KeyNotFound, $"There is no key '{scopeId}', or it and those that it was rotated from and to are revoked. List the keys."),
        _ => RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{scopeId}'. Create it first, or list the teams."),
    };
}
