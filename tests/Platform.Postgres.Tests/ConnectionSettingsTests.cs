using Microsoft.Extensions.Configuration;

namespace Platform.Postgres.Tests;

public sealed class ConnectionSettingsTests
{
    [Theory]
    [InlineData("Host=h", null, 100)]
    [InlineData("Host=h", "", 100)]
    [InlineData("Host=h", "25", 25)]
    [InlineData("Host=h;Maximum Pool Size=100", "25", 100)]
    [InlineData("Host=h;MaxPoolSize=40", "25", 40)]
    [InlineData("Host=h;maximum pool size=7", null, 7)]
    public void A_process_takes_as_many_connections_as_its_connection_string_says_else_as_its_share(string connectionString, string? share, int connections) =>
        Assert.Equal(connections, ConnectionSettings.Read(Configuration(connectionString, share), "testdb", preparedStatements: 0).MaxPoolSize);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    public void A_share_that_is_no_number_from_one_on_is_refused(string share) =>
        Assert.Equal(
            $"Database:MaxConnections must be a number from 1 on; it is '{share}'.",
            Assert.Throws<InvalidOperationException>(() => ConnectionSettings.Read(Configuration("Host=h", share), "testdb", preparedStatements: 0)).Message);

    private static IConfiguration Configuration(string connectionString, string? share) => new ConfigurationBuilder()
        .AddInMemoryCollection([new("ConnectionStrings:testdb", connectionString), new(ConnectionSettings.MaxConnectionsKey, share)])
        .Build();
}
