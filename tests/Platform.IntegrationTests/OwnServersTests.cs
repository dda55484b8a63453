using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Platform.AppHost;

namespace Platform.IntegrationTests;

/// <summary>The platform on a PostgreSQL and a RabbitMQ that others run, as a user of each who may only what the page says.</summary>
public sealed class OwnServersTests
{
    /// <summary>In a virtual host of its own, with the policy that a broker of one's own needs.</summary>
    private const string Prepare = """
        export PGPASSWORD=$(sed -n 's/^postgres-password=//p' "$KEEPTRUSTS_DATA/run/parameters")
        sql() { psql -q -h localhost -p "$(sed -n 's|^postgres tcp .*:||p' "$KEEPTRUSTS_DATA/run/endpoints")" -U postgres -v ON_ERROR_STOP=1 -c "$1"; }
        for db in walletdb meteringdb routingdb forecastdb exportdb; do sql "DROP DATABASE $db"; done
        sql "CREATE ROLE keeptrusts LOGIN CREATEDB PASSWORD 'se;cret'"
        ctl() { env $(cat "$KEEPTRUSTS_DATA/messaging/control.env") "${KEEPTRUSTS_RABBITMQ_BIN:-/usr/lib/rabbitmq/bin}/rabbitmqctl" -q "$@"; }
        ctl add_user keeptrusts secret
        ctl add_vhost spend
        ctl set_permissions -p spend keeptrusts '.*' '.*' '.*'
        ctl set_policy keep-returned '' '{"delivery-limit":1000000000}' --apply-to queues -p spend
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Platform_runs_on_servers_that_are_there_already_and_starts_none()
    {
        var servers = await RunningPlatform.BuilderAsync(Cancel, $"--NativeHost:Only={ResourceNames.Postgres},{ResourceNames.Messaging}", RunningPlatform.OwnBroker);
        await using var others = await servers.BuildAsync(Cancel);
        await others.StartAsync(Cancel).WaitAsync(RunningPlatform.StartTimeout, Cancel);
        foreach (var server in new[] { ResourceNames.Postgres, ResourceNames.Messaging })
        {
            await others.ResourceNotifications.WaitForResourceHealthyAsync(server, Cancel).WaitAsync(RunningPlatform.StartTimeout, Cancel);
        }

        var prepared = await new KtCommand(new Dictionary<string, string> { ["KEEPTRUSTS_DATA"] = servers.Configuration["DataDirectory"]! }).RunScriptAsync($"set -e\n{Prepare}", Cancel);
        Assert.True(prepared.ExitCode == 0, prepared.ToString());

        await using var platform = await RunningPlatform.StartAsync(
            Cancel,
            settings:
            [
                $"--ConnectionStrings:{ResourceNames.Postgres}=Host=localhost;Port={others.GetEndpoint(ResourceNames.Postgres, "tcp").Port};Username=keeptrusts;Password='se;cret'",
                $"--ConnectionStrings:{ResourceNames.Messaging}=amqp://keeptrusts:secret@localhost:{others.GetEndpoint(ResourceNames.Messaging, "tcp").Port}/spend",
            ]);
        await Seed.FundSupportAsync(platform, Cancel);
        for (var call = 0; call < 4; call++)
        {
            var (status, body, response) = await Chat.CallAsync(platform.Gateway, Cancel, stream: call % 2 == 0);
            response.Dispose();
            Assert.True(status == HttpStatusCode.OK, body);
        }

        await Reconciliation.AssertEqualAsync(platform, Cancel);
        var run = await File.ReadAllTextAsync(Path.Combine(platform.DataDirectory, "run", "processes"), Cancel);
        Assert.Contains("wallet ", run, StringComparison.Ordinal);
        Assert.DoesNotContain(ResourceNames.Postgres, run, StringComparison.Ordinal);
        Assert.DoesNotContain(ResourceNames.Messaging, run, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(Path.Combine(platform.DataDirectory, "run", "parameters"), Cancel), StringComparison.Ordinal);
    }
}
