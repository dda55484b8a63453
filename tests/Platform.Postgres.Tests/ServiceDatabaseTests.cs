using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Platform.Postgres;
using Platform.Testing;

namespace Platform.Postgres.Tests;

/// <summary>The database that a service is given on a server which others run.</summary>
public sealed class ServiceDatabaseTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Database_that_is_missing_is_made_once_by_replicas_that_start_at_once()
    {
        var settings = await SettingsAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => EnsureAsync(settings)));

        Assert.Equal("UTF8 C C", await ScalarAsync(settings, "SELECT concat_ws(' ', pg_encoding_to_char(encoding), datcollate, datctype) FROM pg_database WHERE datname = current_database()"));
        await EnsureAsync(settings); // What is there stays as it is.
    }

    [Theory]
    [InlineData("ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C'", "encoding UTF8 and locale C.UTF-8 of the operating system")]
    [InlineData("ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'", "encoding SQL_ASCII and locale C of the operating system")]
    [InlineData("ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'", "encoding UTF8 and locale C of ICU")]
    public async Task Database_that_sorts_by_a_language_is_refused(string made, string described)
    {
        var settings = await SettingsAsync();
        await ScalarAsync(await SettingsAsync("postgres"), $"CREATE DATABASE {Name(settings)} TEMPLATE template0 {made}");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => EnsureAsync(settings));

        Assert.Contains(described, refused.Message, StringComparison.Ordinal);

        // What it says to do is enough.
        var told = refused.Message[refused.Message.IndexOf("CREATE DATABASE", StringComparison.Ordinal)..refused.Message.IndexOf(";)", StringComparison.Ordinal)];
        await ScalarAsync(await SettingsAsync("postgres"), $"DROP DATABASE {Name(settings)}");
        await ScalarAsync(await SettingsAsync("postgres"), told);
        await EnsureAsync(settings);
    }

    [Fact]
    public async Task Server_without_the_database_that_others_are_made_from_says_what_is_missing()
    {
        var settings = await SettingsAsync();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => new ServiceDatabase(settings, NullLogger.Instance, "nowhere").EnsureAsync(Cancel));
        Assert.Contains($"The server has no database {settings.Database}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("(database \"nowhere\" does not exist)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_make_it_is_told_what_to_ask_for()
    {
        var (settings, user) = (await SettingsAsync(), $"service_{Guid.CreateVersion7():N}");
        await ScalarAsync(await SettingsAsync("postgres"), $"CREATE ROLE {user} LOGIN PASSWORD 'p'");
        settings.Username = user;
        settings.Password = "p";

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => EnsureAsync(settings));

        // What it says to do is enough.
        Assert.Contains($"OWNER \"{user}\"", refused.Message, StringComparison.Ordinal);
        await ScalarAsync(await SettingsAsync("postgres"), refused.Message[refused.Message.IndexOf("CREATE DATABASE", StringComparison.Ordinal)..]);
        await EnsureAsync(settings);
        await ScalarAsync(settings, "CREATE TABLE its_own (id int)");
    }

    [Fact]
    public async Task Who_may_not_make_tables_in_it_is_told_what_to_ask_for()
    {
        var (settings, user) = (await SettingsAsync(), $"service_{Guid.CreateVersion7():N}");
        await EnsureAsync(settings);
        await ScalarAsync(settings, $"CREATE ROLE {user} LOGIN PASSWORD 'p'");
        var theirs = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Username = user, Password = "p" };

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => EnsureAsync(theirs));

        await ScalarAsync(settings, refused.Message[refused.Message.IndexOf("ALTER DATABASE", StringComparison.Ordinal)..]);
        await EnsureAsync(theirs);
    }

    [Fact]
    public async Task Connection_string_without_a_database_is_refused()
    {
        var settings = await SettingsAsync();
        settings.Remove("Database");
        Assert.Contains("names no database", (await Assert.ThrowsAsync<InvalidOperationException>(() => EnsureAsync(settings))).Message, StringComparison.Ordinal);
    }

    private static string Name(NpgsqlConnectionStringBuilder settings) => $"\"{settings.Database!.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static Task EnsureAsync(NpgsqlConnectionStringBuilder settings) => new ServiceDatabase(settings, NullLogger.Instance).EnsureAsync(Cancel);

    private static async Task<NpgsqlConnectionStringBuilder> SettingsAsync(string? database = null) =>
        new(await TestPostgres.CreateDatabaseAsync("servicedatabase", _ => Task.CompletedTask)) { Database = database ?? $"Test of \"services\" {Guid.CreateVersion7():N}", Pooling = false };

    private static async Task<object?> ScalarAsync(NpgsqlConnectionStringBuilder settings, string sql)
    {
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
