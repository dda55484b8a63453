using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Platform.AppHost;

namespace Platform.IntegrationTests;

/// <summary>The commands of the page on backups, as they are printed, with dumps of different moments.</summary>
public sealed partial class BackupTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wallet_that_is_restored_from_an_older_moment_than_metering_comes_to_equal_figures()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "operations.md"), Cancel);
        var commands = CommandBlock().Matches(page[page.IndexOf("## Backup and restore", StringComparison.Ordinal)..]).Select(match => match.Groups["script"].Value).ToList();
        Assert.Equal(2, commands.Count);
        var dumps = Directory.CreateTempSubdirectory("kt-dumps-").FullName;
        var data = Directory.CreateTempSubdirectory("kt-restored-").FullName;

        await using (var platform = await RunningPlatform.StartAsync(Cancel))
        {
            await KtAsync(platform, "wallets", "allocate", "--team", "team_support", "--amount", "10");
            await CallAsync(platform, 5);
            await KtAsync(platform, "reconcile", "--wait", "60");
            await RunAsync(platform.Kt, dumps, commands[0]);
            File.Move(Path.Combine(dumps, "walletdb.dump"), Path.Combine(dumps, "older"));
            File.Move(Path.Combine(dumps, "since"), Path.Combine(dumps, "older-since"));
            await CallAsync(platform, 7);
            await KtAsync(platform, "reconcile", "--wait", "60");
            await RunAsync(platform.Kt, dumps, commands[0]);
            File.Move(Path.Combine(dumps, "older"), Path.Combine(dumps, "walletdb.dump"), overwrite: true);
            File.Move(Path.Combine(dumps, "older-since"), Path.Combine(dumps, "since"), overwrite: true);

            // The simulator's folder is the provider's: its bill is not ours to restore.
            await RunAsync(platform.Kt, dumps, $"mkdir -p {data}/run && cp -r \"$KEEPTRUSTS_DATA/buckets\" \"$KEEPTRUSTS_DATA/simulator\" {data}/ && cp -p \"$KEEPTRUSTS_DATA/run/parameters\" {data}/run/");
        }

        await RestoreAsync(data, dumps, commands[1]);
        await using (var platform = await RunningPlatform.StartAsync(Cancel, settings: $"--DataDirectory={data}"))
        {
            var before = await platform.Kt.RunAsync(Cancel, "reconcile", "--wait", "5");
            Assert.NotEqual(0, before.ExitCode);
            await RunAsync(platform.Kt, dumps, "kt usage republish --since \"$(cat since)\"");
            var after = await KtAsync(platform, "reconcile", "--wait", "60");
            Assert.Contains("EQUAL: 12 attempts", after.Output, StringComparison.Ordinal);
            await KtAsync(platform, "wallets", "verify");

            // Once more changes nothing.
            await RunAsync(platform.Kt, dumps, "kt usage republish --since \"$(cat since)\"");
            await KtAsync(platform, "reconcile", "--wait", "60");
            await KtAsync(platform, "wallets", "verify");
        }

        Directory.Delete(dumps, recursive: true);
        Directory.Delete(data, recursive: true);
    }

    /// <summary>Starts the new directory's cluster alone and runs the page's commands on it.</summary>
    private static async Task RestoreAsync(string data, string dumps, string commands)
    {
        var builder = await RunningPlatform.BuilderAsync(Cancel, $"--DataDirectory={data}", "--NativeHost:Only=postgres");
        await using var cluster = await builder.BuildAsync(Cancel);
        await cluster.StartAsync(Cancel).WaitAsync(RunningPlatform.StartTimeout, Cancel);
        await cluster.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Postgres, Cancel).WaitAsync(RunningPlatform.StartTimeout, Cancel);
        await RunAsync(new KtCommand(new Dictionary<string, string> { ["KEEPTRUSTS_DATA"] = data }), dumps, commands);
    }

    private static async Task CallAsync(RunningPlatform platform, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            var (status, body, _) = await Chat.CallAsync(platform.Gateway, Cancel, stream: call % 2 == 0);
            Assert.True(status == System.Net.HttpStatusCode.OK, body);
        }
    }

    private static async Task RunAsync(KtCommand shell, string folder, string script)
    {
        var result = await shell.RunScriptAsync($"cd '{folder}'\n{script}", Cancel);
        Assert.True(result.ExitCode == 0, $"{script}\n{result}");
    }

    private static async Task<CommandResult> KtAsync(RunningPlatform platform, params string[] arguments)
    {
        var result = await platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    [GeneratedRegex("^```bash\n(?<script>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CommandBlock();
}
