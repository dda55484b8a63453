using Npgsql;

namespace Platform.Wallet.Identity;

/// <summary>What the directory and its followers know, or what of it has changed.</summary>
/// <param name="Teams">In a whole directory only those that are frozen.</param>
/// <param name="Users">In a whole directory only those that are disabled.</param>
internal sealed record DirectoryRows(IReadOnlyList<TeamState> Teams, IReadOnlyList<UserState> Users, IReadOnlyList<KeyRow> Keys);

/// <summary>Reads what the directory is made of.</summary>
internal sealed class DirectoryStore(NpgsqlDataSource dataSource, KeyStore keys)
{
    private const string FrozenTeams = "SELECT team_id, true, revision FROM identity.team WHERE frozen_at IS NOT NULL";

    private const string DisabledUsers = "SELECT user_id, true, revision FROM identity.user_account WHERE disabled_at IS NOT NULL";

    private const string ChangedTeams = "SELECT team_id, frozen_at IS NOT NULL, revision FROM identity.team WHERE revision > $1 AND revision <= $2";

    private const string ChangedUsers = "SELECT user_id, disabled_at IS NOT NULL, revision FROM identity.user_account WHERE revision > $1 AND revision <= $2";

    /// <summary>Everything: at least as new as the organisation's revision that was read before.</summary>
    /// <param name="livingAt">Keys that had ended by then are left out, but those that were rotated.</param>
    /// <param name="rotatedLivingAt">Likewise, of these.</param>
    public async Task<DirectoryRows> ReadAllAsync(DateTimeOffset livingAt, DateTimeOffset rotatedLivingAt, CancellationToken cancellationToken) => new(
        await TeamsAsync(dataSource.CreateCommand(FrozenTeams), cancellationToken),
        await UsersAsync(dataSource.CreateCommand(DisabledUsers), cancellationToken),
        await keys.ListLivingAsync(livingAt, rotatedLivingAt, cancellationToken));

    /// <summary>What changed after a revision, up to another one. What has changed again since is left out: it comes with its later revision.</summary>
    public async Task<DirectoryRows> ReadChangesAsync(long after, long upTo, CancellationToken cancellationToken) => new(
        await TeamsAsync(dataSource.CreateCommand(ChangedTeams).With(after, upTo), cancellationToken),
        await UsersAsync(dataSource.CreateCommand(ChangedUsers).With(after, upTo), cancellationToken),
        await keys.ListChangesAsync(after, upTo, cancellationToken));

    private static Task<List<TeamState>> TeamsAsync(NpgsqlCommand command, CancellationToken cancellationToken) =>
        ReadAsync(command, reader => new TeamState(reader.GetString(0), reader.GetBoolean(1), reader.GetInt64(2)), cancellationToken);

    private static Task<List<UserState>> UsersAsync(NpgsqlCommand command, CancellationToken cancellationToken) =>
        ReadAsync(command, reader => new UserState(reader.GetString(0), reader.GetBoolean(1), reader.GetInt64(2)), cancellationToken);

    private static async Task<List<T>> ReadAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(read(reader));
            }

            return rows;
        }
    }
}
