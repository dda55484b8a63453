using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>All SQL of teams.</summary>
internal sealed class TeamStore(NpgsqlDataSource dataSource)
{
    private const string Exists = "SELECT EXISTS (SELECT FROM identity.team WHERE team_id = $1)";

    private const string Columns = "team_id, name, owner, email, cost_centre, external_id, created_at, frozen_at";

    private const string Insert = """
        INSERT INTO identity.team (team_id, name, owner, email, cost_centre, external_id, created_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string Update = """
        UPDATE identity.team SET name = $2, owner = $3, email = $4, cost_centre = $5, external_id = $6, frozen_at = $7, revision = $8 WHERE team_id = $1
        """;

    public static async Task InsertAsync(IdentityChange change, Team team)
    {
        await using var command = change.Command(
            Insert, team.TeamId, team.Name, team.Owner, team.Email, team.CostCentre, team.ExternalId, change.Now, change.Revision);
        await command.ExecuteNonQueryAsync(change.CancellationToken);
    }

    public static async Task UpdateAsync(IdentityChange change, Team team)
    {
        await using var command = change.Command(
            Update, team.TeamId, team.Name, team.Owner, team.Email, team.CostCentre, team.ExternalId, team.FrozenAt.ToMoment(), change.Revision);
        await command.ExecuteNonQueryAsync(change.CancellationToken);
    }

    public static async Task<Team?> ReadAsync(IdentityChange change, string teamId)
    {
        await using var command = change.Command($"SELECT {Columns} FROM identity.team WHERE team_id = $1", teamId);
        return (await ReadAsync(command, change.CancellationToken)).SingleOrDefault();
    }

    /// <summary>The team, INVALID_ARGUMENT for an id with U+0000, or NOT_FOUND (TEAM_NOT_FOUND).</summary>
    public static async Task<Team> RequireAsync(IdentityChange change, string teamId)
    {
        Rules.RequireNoNul("team_id", teamId);
        return await ReadAsync(change, teamId)
            ?? throw NotFound(teamId);
    }

    /// <summary>Of a list that found nothing of a team: a team that does not exist is a slip, and no empty list.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public async Task RequireKnownAsync(string teamId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Exists).With(teamId);
        if (await command.ExecuteScalarAsync(cancellationToken) is not true)
        {
            throw NotFound(teamId);
        }
    }

    /// <summary>Teams by id, of a page and one more where there is one.</summary>
    /// <param name="search">What an id or a name begins with, in any case of A to Z; empty: anything.</param>
    /// <param name="page">Null: all.</param>
    public async Task<List<Team>> ListAsync(string search, PageRequest? page, CancellationToken cancellationToken)
    {
        await dataSource.RequirePlaceAsync(page, Exists, cancellationToken);
        await using var command = dataSource
            .CreateCommand($"SELECT {Columns} FROM identity.team WHERE team_id > $1 AND (starts_with(team_id, lower($2)) OR starts_with(lower(name), lower($2))) ORDER BY team_id LIMIT $3")
            .With(page?.After ?? "", search, page?.Limit ?? (object)DBNull.Value);
        return await ReadAsync(command, cancellationToken);
    }

    private static Grpc.Core.RpcException NotFound(string teamId) =>
        RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{Validation.Shown(teamId)}'. Create it first, or list the teams.");

    private static async Task<List<Team>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var teams = new List<Team>();
        while (await reader.ReadAsync(cancellationToken))
        {
            teams.Add(new Team
            {
                TeamId = reader.GetString(0),
                Name = reader.GetString(1),
                Owner = reader.GetString(2),
                Email = reader.GetString(3),
                CostCentre = reader.GetString(4),
                ExternalId = reader.GetString(5),
                CreatedAt = reader.GetFieldValue<DateTimeOffset>(6).ToTimestampUtc(),
                FrozenAt = reader.GetFieldValue<DateTimeOffset?>(7).ToTimestampUtc(),
            });
        }

        return teams;
    }
}
