using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>All SQL of teams' applications.</summary>
internal sealed class ApplicationStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "application_id, team_id, name, created_at";

    private const string Insert = "INSERT INTO identity.application (application_id, team_id, name, created_at) VALUES ($1, $2, $3, $4)";

    private const string ListAll = $"SELECT {Columns} FROM identity.application WHERE application_id > $1 ORDER BY application_id LIMIT $2";

    private const string ListOfTeam =
        $"SELECT {Columns} FROM identity.application WHERE application_id > $1 AND team_id = $3 ORDER BY application_id LIMIT $2";

    public static async Task InsertAsync(IdentityChange change, Application application)
    {
        await using var command = change.Command(Insert, application.ApplicationId, application.TeamId, application.Name, change.Now);
        await command.ExecuteNonQueryAsync(change.CancellationToken);
    }

    public static async Task UpdateAsync(IdentityChange change, Application application)
    {
        await using var command = change.Command(
            "UPDATE identity.application SET name = $2 WHERE application_id = $1", application.ApplicationId, application.Name);
        await command.ExecuteNonQueryAsync(change.CancellationToken);
    }

    public static async Task<Application?> ReadAsync(IdentityChange change, string applicationId)
    {
        await using var command = change.Command($"SELECT {Columns} FROM identity.application WHERE application_id = $1", applicationId);
        return (await ReadAsync(command, change.CancellationToken)).SingleOrDefault();
    }

    /// <summary>The application, INVALID_ARGUMENT for an id with U+0000, or NOT_FOUND (APPLICATION_NOT_FOUND).</summary>
    public static async Task<Application> RequireAsync(IdentityChange change, string applicationId)
    {
        Rules.RequireNoNul("application_id", applicationId);
        return await ReadAsync(change, applicationId)
            ?? throw RpcErrors.NotFound(
                Reasons.ApplicationNotFound, $"There is no application '{Validation.Shown(applicationId)}'. Create it first, or list the applications.");
    }

    /// <summary>The page's applications by id, and one more where there is one.</summary>
    /// <param name="teamId">Empty for all.</param>
    public async Task<List<Application>> ListAsync(string teamId, PageRequest page, CancellationToken cancellationToken)
    {
        await dataSource.RequirePlaceAsync(page, "SELECT EXISTS (SELECT FROM identity.application WHERE application_id = $1)", cancellationToken);
        await using var command = teamId.Length == 0
            ? dataSource.CreateCommand(ListAll).With(page.After, page.Limit)
            : dataSource.CreateCommand(ListOfTeam).With(page.After, page.Limit, teamId);
        return await ReadAsync(command, cancellationToken);
    }

    private static async Task<List<Application>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applications = new List<Application>();
        while (await reader.ReadAsync(cancellationToken))
        {
            applications.Add(new Application
            {
                ApplicationId = reader.GetString(0),
                TeamId = reader.GetString(1),
                Name = reader.GetString(2),
                CreatedAt = reader.GetFieldValue<DateTimeOffset>(3).ToTimestampUtc(),
            });
        }

        return applications;
    }
}
