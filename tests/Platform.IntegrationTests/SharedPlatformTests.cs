using Npgsql;
using Platform.AppHost;

namespace Platform.IntegrationTests;

/// <summary>What spares the tests time is what they run on.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class SharedPlatformTests(SharedPlatform shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_database_does_not_wait_for_the_disk_and_its_broker_is_that_of_all_tests()
    {
        await using var database = NpgsqlDataSource.Create(await shared.Platform.ConnectionStringAsync(ResourceNames.WalletDatabase));
        await using var fsync = database.CreateCommand("SHOW fsync");
        Assert.Equal("off", await fsync.ExecuteScalarAsync(Cancel));

        var processes = await File.ReadAllTextAsync(Path.Combine(shared.Platform.DataDirectory, "run", "processes"), Cancel);
        Assert.Contains("postgres ", processes, StringComparison.Ordinal);
        Assert.DoesNotContain(ResourceNames.Messaging, processes, StringComparison.Ordinal);
    }
}
