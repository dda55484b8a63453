using Aspire.Hosting;
using Platform.NativeHost.Servers;

namespace Platform.NativeHost.Tests;

/// <summary>Which of several installed versions of PostgreSQL opens the data.</summary>
public sealed class ClusterVersionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keeptrusts-versions-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Cluster_is_opened_by_the_version_that_made_it_and_a_new_one_made_by_the_newest()
    {
        var (old, _, newest) = (Install("9"), Install("15"), Install("17"));
        var cluster = Directory.CreateDirectory(Path.Combine(_folder, "cluster")).FullName;

        Assert.Equal(newest, ServerPrograms.PostgresFolder(cluster, _folder));

        File.WriteAllText(Path.Combine(cluster, "PG_VERSION"), "9\n");
        Assert.Equal(old, ServerPrograms.PostgresFolder(cluster, _folder));
    }

    [Fact]
    public async Task Cluster_of_a_version_that_is_not_installed_fails_with_the_remedy()
    {
        await using var topology = new TestTopology();
        topology.Builder.AddPostgres("postgres");
        Directory.CreateDirectory(Path.Combine(topology.Data, "postgres"));
        await File.WriteAllTextAsync(Path.Combine(topology.Data, "postgres", "PG_VERSION"), "8\n", TestContext.Current.CancellationToken);

        await topology.StartAsync();
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => topology.HealthyAsync("postgres"));

        Assert.Contains("are of PostgreSQL 8, whose programs are not installed (there are: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install postgresql-8", exception.Message, StringComparison.Ordinal);
    }

    private string Install(string version)
    {
        var programs = Directory.CreateDirectory(Path.Combine(_folder, version, "bin")).FullName;
        File.WriteAllText(Path.Combine(programs, "postgres"), "");
        return programs;
    }
}
