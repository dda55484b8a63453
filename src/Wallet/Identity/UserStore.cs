using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>All SQL of users.</summary>
internal sealed class UserStore(NpgsqlDataSource dataSource)
{
    private const string Exists = "SELECT EXISTS (SELECT FROM identity.user_account WHERE user_id = $1)";

    private const string Columns = "user_id, name, email, created_at, disabled_at";

    private const string Insert = "INSERT INTO identity.user_account (user_id, name, email, created_at, revision) VALUES ($1, $2, $3, $4, $5)";

    private const string Update = "UPDATE identity.user_account SET name = $2, email = $3, disabled_at = $4, revision = $5 WHERE user_id = $1";

    public static async Task InsertAsync(IdentityChange change, User user)
    {
        await using var command = change.Command(Insert, user.UserId, user.Name, user.Email, change.Now, change.Revision);
        await command.ExecuteNonQueryAsync(change.CancellationToken);
    }

    public static async Task UpdateAsync(IdentityChange change, User user)
    {
        await using var command = change.Command(Update, user.UserId, user.Name, user.Email, user.DisabledAt.ToMoment(), change.Revision);
        await command.ExecuteNonQueryAsync(change.CancellationToken);
    }

    public static async Task<User?> ReadAsync(IdentityChange change, string userId)
    {
        await using var command = change.Command($"SELECT {Columns} FROM identity.user_account WHERE user_id = $1", userId);
        return (await ReadAsync(command, change.CancellationToken)).SingleOrDefault();
    }

    /// <summary>The user, INVALID_ARGUMENT for an id with U+0000, or NOT_FOUND (USER_NOT_FOUND).</summary>
    public static async Task<User> RequireAsync(IdentityChange change, string userId)
    {
        Rules.RequireNoNul("user_id", userId);
        return await ReadAsync(change, userId)
            ?? throw NotFound(userId);
    }

    /// <summary>Of a list that found nothing of a user: a user that does not exist is a slip, and no empty list.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (USER_NOT_FOUND).</exception>
    public async Task RequireKnownAsync(string userId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Exists).With(userId);
        if (await command.ExecuteScalarAsync(cancellationToken) is not true)
        {
            throw NotFound(userId);
        }
    }

    /// <summary>The page's users by id, and one more where there is one.</summary>
    public async Task<List<User>> ListAsync(PageRequest page, CancellationToken cancellationToken)
    {
        await dataSource.RequirePlaceAsync(page, Exists, cancellationToken);
        await using var command = dataSource
            .CreateCommand($"SELECT {Columns} FROM identity.user_account WHERE user_id > $1 ORDER BY user_id LIMIT $2")
            .With(page.After, page.Limit);
        return await ReadAsync(command, cancellationToken);
    }

    private static Grpc.Core.RpcException NotFound(string userId) =>
        RpcErrors.NotFound(Reasons.UserNotFound, $"There is no user '{Validation.Shown(userId)}'. Create it first, or list the users.");

    private static async Task<List<User>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var users = new List<User>();
        while (await reader.ReadAsync(cancellationToken))
        {
            users.Add(new User
            {
                UserId = reader.GetString(0),
                Name = reader.GetString(1),
                Email = reader.GetString(2),
                CreatedAt = reader.GetFieldValue<DateTimeOffset>(3).ToTimestampUtc(),
                DisabledAt = reader.GetFieldValue<DateTimeOffset?>(4).ToTimestampUtc(),
            });
        }

        return users;
    }
}
