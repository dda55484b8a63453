using Aspire.Hosting;
using Platform.NativeHost.Engine;
using Platform.Testing;

namespace Platform.NativeHost.Tests;

public sealed class LogFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keeptrusts-logs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Lines_that_a_full_disk_does_not_take_are_counted_and_the_next_ones_written()
    {
        var opened = 0;
        Stream Open(string path) => ++opened <= 2
            ? new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)
            : new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        using (var file = new LogFile(_folder, "wallet", limitBytes: 1000, Open))
        {
            foreach (var line in new[] { "first", "second", "third", "fourth" })
            {
                file.Write(line);
            }
        }

        Assert.Equal(["(2 lines before this one could not be written)", "third", "fourth"], Lines("wallet.log"));
    }

    [Fact]
    public void File_that_is_full_makes_way_for_the_next_and_only_the_newest_are_kept()
    {
        using (var file = new LogFile(_folder, "wallet", limitBytes: 40))
        {
            foreach (var number in Enumerable.Range(1, 100))
            {
                file.Write($"line {number:0000}"); // Ten bytes, so four of them are a file.
            }
        }

        string[] names = ["wallet.log", "wallet.1.log", "wallet.2.log", "wallet.3.log"];
        Assert.Equal(names.Order(StringComparer.Ordinal), Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(85, 16).Select(number => $"line {number:0000}"), names.Reverse().SelectMany(Lines));
    }

    [Fact]
    public void Each_start_begins_a_file_and_keeps_the_one_before()
    {
        foreach (var start in new[] { "first", "second" })
        {
            using var file = new LogFile(_folder, "wallet", limitBytes: 1000);
            file.Write(start);
        }

        Assert.Equal(["second"], Lines("wallet.log"));
        Assert.Equal(["first"], Lines("wallet.1.log"));
    }

    [Fact]
    public async Task Resource_whose_log_cannot_be_written_goes_on_and_is_heard_again_when_it_can()
    {
        await using var topology = new TestTopology();
        var (done, go) = (Path.Combine(topology.Data, "done"), Path.Combine(topology.Data, "go"));
        var log = Path.Combine(topology.Data, "logs", "noisy.log");
        Directory.CreateDirectory(log); // In the way of the file.

        // Several times what a pipe holds: a process that nobody reads would not get to its end. It makes no process a line: five thousand take a slow machine minutes.
        topology.Builder.AddExecutable(
            "noisy", "bash", "/", "-c", $"printf -v zeros %0100d 0; for i in {{1..5000}}; do echo \"line $i $zeros\"; done; touch {done}; until [ -e {go} ]; do sleep 0.05; done; echo again; sleep 1000");
        await topology.StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(done)), TestTopology.Limit, "the process to have written all its lines");

        Directory.Delete(log);
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(
            async () => File.Exists(log) && (await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken)).EndsWith("again\n", StringComparison.Ordinal),
            TestTopology.Limit, "the process to be heard again");
        Assert.Matches(@"^\(\d+ lines before this one could not be written\)$", (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken))[0]);
    }

    private string[] Lines(string name) => File.ReadAllLines(Path.Combine(_folder, name));
}
