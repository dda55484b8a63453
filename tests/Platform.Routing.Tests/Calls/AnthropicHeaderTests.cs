using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Contracts.Identity.V1;
using Platform.Postgres;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Calls;

/// <summary>What a caller says to Anthropic beside the body reaches it, now and later.</summary>
public sealed class AnthropicHeaderTests : PolicyDatabase
{
    private const string Body = """{"model":"claude","messages":[{"role":"user","content":"hello"}],"max_tokens":10}""";
    private const string Path = "/v1/messages";

    private readonly MessagesShape _shape = new();
    private LocalGateway _gateway = null!;
    private ScriptedProvider _provider = null!;
    private RoutingTableReplica _policy = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _provider = await ScriptedProvider.StartAsync(Cancel);
        await using (var apply = DataSource.CreateCommand($$"""
            INSERT INTO policy_version (version, applied_at, actor, description, policy, changes, models_since) SELECT 2, now(), 'test', '', '{
                "providers": [{ "name": "anthropic", "kind": "anthropic", "base_url": "{{_provider.AddressOf("a")}}", "api_key": "none" }],
                "targets": [{ "provider": "anthropic", "model": "claude", "default_max_output_tokens": 10, "max_output_tokens": 20 }],
                "models": [{ "name": "claude", "lane": "standard", "route": { "targets": [{ "target": "anthropic/claude" }] } }],
                "lanes": [{ "name": "standard" }, { "name": "scheduled", "windows": [{ "cron": "0 0 * * *", "minutes": 1440 }] }]
            }', '[]', '{}'
            """))
        {
            await apply.ExecuteNonQueryAsync(Cancel);
        }

        _policy = ReplicaOf();
        await _policy.StartAsync(Cancel);
        _gateway = new LocalGateway(database: DataSource);
        _gateway.Price(_policy.Current.Models["claude"].Route.Targets);
    }

    public override async ValueTask DisposeAsync()
    {
        await _policy.StopAsync(CancellationToken.None);
        _policy.Dispose();
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    // The caller's version, its lines of betas → what the provider got.
    [InlineData("", "", "2023-06-01")]
    [InlineData("2099-01-01", "", "2099-01-01")]
    [InlineData("", "files-api-2025-04-14", "2023-06-01 files-api-2025-04-14")]
    [InlineData("2099-01-01", "files-api-2025-04-14|interleaved-thinking-2025-05-14", "2099-01-01 files-api-2025-04-14,interleaved-thinking-2025-05-14")]
    public async Task Version_and_betas_reach_the_provider_with_a_message_a_count_and_work_that_waits(string version, string betas, string expected)
    {
        Assert.Null(await _gateway.Loop.RunAsync(Request(version, betas), Plan("standard")));
        Assert.Equal(200, await CountAsync(Request(version, betas)));
        await WaitAndRunAsync(Request(version, betas));
        Assert.Equal([$"{Path} {expected}", $"{Path}/count_tokens {expected}", $"{Path} {expected}"], _provider.AnthropicHeaders);
    }

    [Theory]
    // One of them is refused on every way, before anything is set aside: nothing could be sent, which looked like a provider that breaks connections, and five such calls closed it off for all teams.
    [InlineData("2099\u2010", "")]
    [InlineData("", "files-api-2025-04-14|caf\u00e9")]
    // Neither of two is what was asked for, and the default would answer for both.
    [InlineData("2099-01-01|2099-02-01", "")]
    public async Task Header_that_cannot_be_sent_on_is_refused_as_the_caller_s_mistake(string version, string betas)
    {
        var error = _shape.TryRead(Encoding.UTF8.GetBytes(Body), Request(version, betas).Request.Headers, out _);
        Assert.Equal((400, Contracts.Reasons.InvalidArgument), (error!.Status, error.Code));
        Assert.Equal(error, BatchEndpoints.ReadWishes(Request(version, betas).Request, out _));
        Assert.Equal(400, await CountAsync(Request(version, betas)));
        Assert.Empty(_provider.AnthropicHeaders);
    }

    [Fact]
    public async Task Headers_that_are_too_long_together_to_be_sent_on_are_refused_on_every_way()
    {
        Assert.Null(AnthropicHeaders.Complaint(Request(new string('1', 1_000), $"{new string('a', 499)}|{new string('b', 500)}").Request.Headers));
        var tooLong = () => Request(new string('1', 1_000), $"{new string('a', 500)}|{new string('b', 500)}");
        var error = _shape.TryRead(Encoding.UTF8.GetBytes(Body), tooLong().Request.Headers, out _);
        Assert.Equal((400, Contracts.Reasons.InvalidArgument), (error?.Status, error?.Code));
        Assert.Equal(error, BatchEndpoints.ReadWishes(tooLong().Request, out _));
        Assert.Equal(400, await CountAsync(tooLong()));
        Assert.Empty(_provider.AnthropicHeaders);
    }

    private async Task<int> CountAsync(HttpContext http)
    {
        var options = Options.Create(new GatewayOptions());
        await using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var bodies = new RequestBody(new BodyRoom(options, meters.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()), options, TimeProvider.System);
        var count = new CountTokens(
            new OneKey(KeyStanding.Usable, Role.Inference), bodies, _policy, _gateway.Planner, _gateway.Chooser, _gateway.Limits.Admission, _gateway.Client, _shape, _gateway.Metrics, options, TimeProvider.System,
            NullLogger<CountTokens>.Instance);
        await count.HandleAsync(http);
        return http.Response.StatusCode;
    }

    /// <summary>Handed in, kept in the database, and run in the lane's window.</summary>
    private async Task WaitAndRunAsync(HttpContext http)
    {
        var shapes = new ScheduledShapes(new Dictionary<string, WireShape> { [Path] = _shape });
        var options = Options.Create(new ScheduledOptions());
        var submit = new SubmitBatch(
            new BatchStore(DataSource), shapes, _gateway.Planner, _gateway.Forbidden, _policy, new UploadSlots(options), options, TimeProvider.System, NullLogger<SubmitBatch>.Instance);
        Assert.Null(BatchEndpoints.ReadWishes(http.Request, out var wishes));
        Assert.Null((await submit.RunAsync(Plan("scheduled"), "scheduled", wishes, Cancel)).Error);

        var item = Assert.Single(await new ItemStore(DataSource).ClaimAsync(Guid.CreateVersion7(), ["scheduled"], 1, Cancel));
        var runner = new ItemRunner(new SameKey(), _policy, shapes, _gateway.Planner, _gateway.Forbidden, _gateway.Loop, null!, TimeProvider.System);
        Assert.Equal(200, (await runner.RunAsync(item, Cancel)).Status);
    }

    private Call Plan(string lane)
    {
        Assert.Null(_shape.TryRead(Encoding.UTF8.GetBytes(Body), out var request));
        Assert.Null(_gateway.Planner.TryPlan(_policy.Current, _shape, request, _gateway.Caller, LocalGateway.Labels, lane, TimeProvider.System.GetTimestamp(), out var call));
        return call!;
    }

    private static DefaultHttpContext Request(string version, string betas)
    {
        var http = new DefaultHttpContext { Request = { Body = new MemoryStream(Encoding.UTF8.GetBytes(Body)) } };
        http.Request.Headers["x-api-key"] = "kt_live_x";
        if (version.Length > 0)
        {
            http.Request.Headers["anthropic-version"] = version.Split('|');
        }

        if (betas.Length > 0)
        {
            http.Request.Headers["anthropic-beta"] = betas.Split('|');
        }

        return http;
    }

    private sealed class SameKey : IKeysById
    {
        public bool IsCurrent => true;

        public KeyStanding FindById(string keyId, out Caller? caller)
        {
            caller = new Caller(keyId, "Key", Role.Inference, "team_a", "");
            return KeyStanding.Usable;
        }
    }
}
