using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Platform.IntegrationTests.Leases;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>One limit, three gateways.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class RateLimitTests(SharedPlatform shared) : IAsyncDisposable
{
    private const int Limit = 200;

    /// <summary>Of load, longer where a slow machine has not made so many calls by then that the limit must have been met, but well within the minute after which what passed first comes free again.</summary>
    private static readonly TimeSpan LeastLoad = TimeSpan.FromSeconds(20), MostLoad = TimeSpan.FromSeconds(40);

    private string? _before;
    private int _counted;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The platform is shared: whatever became of the test, the next one finds the policy as it was.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_before is not null)
        {
            await ServedPolicy.RollBackAsync(shared.Platform, _before, Cancel);
        }
    }

    [Fact]
    public async Task Three_gateways_under_load_let_one_limit_pass_in_all_and_refused_calls_are_denied_demand()
    {
        await KtAsync("teams", "create", "team_limits");
        await KtAsync("wallets", "allocate", "--team", "team_limits", "--amount", "5");
        var key = await KtJsonAsync("auth", "token", "create", "--name", "limits", "--team", "team_limits");
        var secret = (string)key["secret"]!;
        await AddLimitAsync();
        var journals = Directory.CreateTempSubdirectory("kt-limits-");
        await using var second = GatewayProcess.Start(shared.Platform, journals.CreateSubdirectory("second").FullName, crashAt: null);
        await using var third = GatewayProcess.Start(shared.Platform, journals.CreateSubdirectory("third").FullName, crashAt: null);
        Assert.True(await second.IsHealthyAsync(Cancel) && await third.IsHealthyAsync(Cancel));

        var began = TimeProvider.System.GetTimestamp();
        var answers = await Task.WhenAll(
            new[] { shared.Platform.Gateway.BaseAddress, second.Client.BaseAddress, third.Client.BaseAddress }.SelectMany(address => Enumerable.Repeat(address!, 3))
                .Select(address => Task.Run(() => LoadAsync(address, secret, began), Cancel)));
        var (passed, refused) = (answers.Sum(answer => answer.Passed), answers.Sum(answer => answer.Refused));
        Assert.InRange(passed, Limit * 0.95, Limit);

        var use = (await KtJsonAsync("routes", "limits", "--limit", "team-pace", "--subject", "team_limits"))["uses"]!.AsArray().Single()!;
        Assert.Equal(("requests_per_minute", Limit), ((string)use["measure"]!, (int)use["most"]!));
        Assert.InRange((int)use["used"]!, passed * 0.95, Limit);
        var explained = await KtJsonAsync("routes", "explain", "--model", "gpt-4o-mini", "--key", (string)key["key_id"]!);
        var told = explained["limits"]!.AsArray().Single()!;
        Assert.Equal(("team-pace", "team_limits", Limit, 1), ((string)told["limit"]!, (string)told["subject"]!, (int)told["most"]!, (int)told["needs"]!));
        Assert.InRange((int)told["used"]! + (int)told["room"]!, passed * 0.95, Limit);
        Assert.Equal((string)told["outcome"]!, (string)explained["limits_outcome"]!);
        await Eventually.TrueAsync(
            async () => (int)(await KtJsonAsync("demand", "--reason", "RATE_LIMIT", "--team", "team_limits"))["total"]!["attempts"]! == refused,
            TimeSpan.FromSeconds(30), $"{refused} refusals to be denied demand");

        Assert.Equal(0, await second.StopAsync(Cancel));
        Assert.Equal(0, await third.StopAsync(Cancel));
        journals.Delete(recursive: true);
    }

    private async Task<(int Passed, int Refused)> LoadAsync(Uri gateway, string secret, long began)
    {
        using var client = new HttpClient { BaseAddress = gateway };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        var (passed, refused) = (0, 0);
        while (TimeProvider.System.GetElapsedTime(began) is var load && (load < LeastLoad || (load < MostLoad && Volatile.Read(ref _counted) < 2 * Limit)))
        {
            var (status, body, _) = await Chat.CallAsync(client, Cancel);

            // On a busy machine the database may take too long to count for a gateway, which then lets nothing pass and refuses by no limit.
            var isUncounted = status == HttpStatusCode.ServiceUnavailable && body.Contains("Rate limits cannot be counted", StringComparison.Ordinal);
            Assert.True(isUncounted || status is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, $"{status} {body}");
            Interlocked.Add(ref _counted, isUncounted ? 0 : 1);
            (passed, refused) = (passed + (status == HttpStatusCode.OK ? 1 : 0), refused + (status == HttpStatusCode.TooManyRequests ? 1 : 0));
            await Task.Delay(20, Cancel);
        }

        return (passed, refused);
    }

    /// <summary>Answers once the platform's gateway serves by the policy with the limit. Those that start later begin with it.</summary>
    private async Task AddLimitAsync()
    {
        var shown = await KtJsonAsync("routes", "show");
        var (policy, before) = (shown["policy"]!, (long)shown["version"]!);
        policy["limits"] = new JsonArray(new JsonObject { ["name"] = "team-pace", ["scope"] = "team", ["requests_per_minute"] = Limit });
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, policy.ToJsonString(), Cancel);
        _before = $"{before}";
        await KtAsync("routes", "apply", "-f", file, "--description", "a pace for teams");
        File.Delete(file);
        await ServedPolicy.UntilAfterAsync(shared.Platform, before, Cancel);
    }

    private async Task<CommandResult> KtAsync(params string[] arguments)
    {
        var result = await shared.Platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task<JsonNode> KtJsonAsync(params string[] arguments) => JsonNode.Parse((await KtAsync([.. arguments, "-o", "json"])).Output)!;
}
