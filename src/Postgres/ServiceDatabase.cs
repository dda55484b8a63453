using Microsoft.Extensions.Logging;
using Npgsql;

namespace Platform.Postgres;

/// <summary>
/// The service's own database on whatever server it was given: made where the server has none of its name, and refused where it was made otherwise. Order by code points
/// (locale C) and UTF-8 hold on every server and every machine; the order of a language is the operating system's, and where an update changes it, indexes that hold identities no longer find what is in
/// them (decision 0242).
/// </summary>
/// <param name="maintenance">A database that the server has: to make another takes a connection to one that is there.</param>
internal sealed partial class ServiceDatabase(NpgsqlConnectionStringBuilder settings, ILogger log, string maintenance = "postgres")
{
    private const string HowItWasMade = """
        SELECT pg_encoding_to_char(encoding), datcollate, datctype, coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
          FROM pg_database d WHERE datname = current_database()
        """;

    /// <summary>Whatever the cluster's own locale is: one of ICU would otherwise be taken over, and sort by a language under the name C. From PostgreSQL 15 on.</summary>
    private string Create => $"CREATE DATABASE {Quoted(settings.Database!)} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'";

    /// <summary>Returns once the database is there and as it must be.</summary>
    /// <exception cref="InvalidOperationException">The connection string names no database, the user may not make it or its tables, or it was made otherwise; the message says what to do.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (settings.Database is not { Length: > 0 })
        {
            throw new InvalidOperationException("The connection string names no database: add Database=NAME, one of its own for each service.");
        }

        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await CreateAsync(cancellationToken);
            return;
        }

        await RefuseUnfitAsync(connection, cancellationToken);
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Database = maintenance, Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(Create, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            LogCreated(settings.Database!, settings.Host!);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another replica has made it in the meantime, in the same way.
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            throw new InvalidOperationException(
                $"The server has no database {settings.Database}, and user {settings.Username} may not make one ({exception.MessageText}). Make it: {Create} OWNER {Quoted(settings.Username!)};", exception);
        }
    }

    private async Task RefuseUnfitAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(HowItWasMade, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (encoding, collate, characters, provider) = (reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3));
        if (encoding != "UTF8" || !IsByCodePoint(collate, provider) || !IsByCodePoint(characters, provider))
        {
            throw new InvalidOperationException(
                $"Database {settings.Database} has encoding {encoding} and locale {collate} of {(provider == "i" ? "ICU" : "the operating system")}; it must have UTF8 and C, as a database has that its service makes itself. "
                + $"Dump it, drop it, make it anew ({Create} OWNER {Quoted(settings.Username!)};), and restore the dump.");
        }

        if (!reader.GetBoolean(4))
        {
            throw new InvalidOperationException(
                $"User {settings.Username} may not make tables in database {settings.Database}. Make it the owner: ALTER DATABASE {Quoted(settings.Database!)} OWNER TO {Quoted(settings.Username!)};");
        }
    }

    /// <summary>Of PostgreSQL's own provider ("b", from 17 on) every locale; of ICU none; of the operating system the two that are not its own.</summary>
    private static bool IsByCodePoint(string locale, string provider) => provider == "b" || (provider == "c" && (locale is "C" or "POSIX"));

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    [LoggerMessage(LogLevel.Information, "Database {Database} is made on {Host}.")]
    private partial void LogCreated(string database, string host);
}
