using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;
using Platform.Routing.Tests.Calls;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Work that waits and is refused for its key, or a freeze: demand, told once.</summary>
public sealed class ForbiddenWorkTests : WaitingWorkTest
{
    private string _model = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Gateway.Limits.StartAsync(Cancel);
        var model = Policy.Current.NamedModels().First(model => model.Route.Targets.Any(choice => choice.Target.Shapes.HasFlag(ShapeKinds.Chat)));
        _model = model.Name;
        Gateway.Price(Policy.Current.RouteOf(model, "scheduled").Targets);
    }

    [Theory]
    [InlineData("POST", Role.Inference, 403, 1)]
    [InlineData("GET", Role.Inference, 200, 0)]
    [InlineData("GET", Role.Viewer, 403, 0)]
    public async Task Work_that_a_frozen_team_hands_in_is_one_refusal_and_what_waits_is_looked_at_meanwhile(string method, Role role, int status, int refusals)
    {
        Assert.Equal(status, (int)(await AskAsync(new OneKey(KeyStanding.TeamFrozen, role), method)).Status);
        var told = await ToldAsync();
        Assert.Equal(Enumerable.Repeat((Reasons.TeamFrozen, "team_a", "", 0L), refusals), told.Select(denied => (denied.Reason, denied.TeamId, denied.Model, denied.EstimatedCostNanos)));
    }

    [Fact]
    public async Task Lines_of_a_file_that_its_key_may_not_ask_for_are_denied_demand_each_and_the_wrong_ones_are_not()
    {
        var file = string.Join('\n', Enumerable.Range(1, 3).Select(line => $$"""{"custom_id":"{{line}}","url":"/v1/chat/completions","body":{{Body(line == 3 ? "nobody" : _model)}}}"""));
        var (status, answer) = await AskAsync(new AnyKey(KeyStanding.Usable), "POST", file);
        Assert.True(status == HttpStatusCode.BadRequest, answer);
        Assert.Equal(Enumerable.Repeat((Reasons.ModelNotAllowed, "scheduled", true), 2), (await ToldAsync()).Select(denied => (denied.Reason, denied.Lane, denied.EstimatedCostNanos >= 100)));
    }

    [Theory]
    [InlineData(KeyStanding.KeyFrozen, Reasons.KeyFrozen, 403)]
    [InlineData(KeyStanding.TeamFrozen, Reasons.TeamFrozen, 403)]
    [InlineData(KeyStanding.Usable, Reasons.ModelNotAllowed, 403)]
    [InlineData(KeyStanding.Expired, null, 401)]
    public async Task Item_whose_key_is_refused_when_it_runs_is_denied_demand_at_what_it_could_have_cost(KeyStanding standing, string? told, int status)
    {
        var runner = new ItemRunner(new AnyKey(standing), Policy, Shapes, Gateway.Planner, Gateway.Forbidden, null!, null!, TimeProvider.System);
        var item = new ClaimedItem(Guid.CreateVersion7(), 1, "key_1", LocalGateway.Labels, "scheduled", "/v1/chat/completions", Encoding.UTF8.GetBytes(Body(_model)), Tries: 0);
        Assert.Equal(status, (await runner.RunAsync(item, Cancel)).Status);
        Assert.Equal(
            told is null ? [] : [(told, "team_a", "scheduled", true, true)],
            (await ToldAsync()).Select(denied => (denied.Reason, denied.TeamId, denied.Lane, denied.Model.Length > 0, denied.EstimatedCostNanos >= 100)));
    }

    [Theory]
    [InlineData(KeyStanding.KeyFrozen, true, true, null)]
    [InlineData(KeyStanding.TeamFrozen, true, true, null)]
    [InlineData(KeyStanding.UserDisabled, true, true, null)]
    [InlineData(KeyStanding.TeamFrozen, false, true, Reasons.TeamFrozen)]
    [InlineData(KeyStanding.Usable, true, false, Reasons.ModelNotAllowed)]
    public async Task Item_that_waits_for_a_freezes_end_asks_for_it_again_and_is_no_new_demand(KeyStanding standing, bool waitsForIt, bool isFrozen, string? told)
    {
        var runner = new ItemRunner(new AnyKey(standing), Policy, Shapes, Gateway.Planner, Gateway.Forbidden, null!, null!, TimeProvider.System);
        var item = new ClaimedItem(
            Guid.CreateVersion7(), 2, "key_1", LocalGateway.Labels, "scheduled", "/v1/chat/completions", Encoding.UTF8.GetBytes(Body(_model)), Tries: 0,
            UnfundedUntil: TimeProvider.System.GetUtcNow().AddHours(1))
        {
            IsOfFreeze = waitsForIt,
        };
        var answer = await runner.RunAsync(item, Cancel);
        Assert.Equal((403, isFrozen, isFrozen), (answer.Status, answer.IsFrozen, answer.IsUnpaid));
        Assert.Equal(told is null ? [] : [told], (await ToldAsync()).Select(denied => denied.Reason));
    }

    private static string Body(string model) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hello"}],"max_tokens":100}""";

    /// <summary>As over HTTP; nothing is kept.</summary>
    private async Task<(HttpStatusCode Status, string Body)> AskAsync(IKeyDirectory directory, string method, string? body = null)
    {
        var options = Options.Create(new ScheduledOptions());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.Services.AddSingleton(new BatchEndpoints(
            directory, Submit(options.Value), new BatchStore(DataSource), null!, Policy, Gateway.Forbidden, options, Options.Create(new Routing.Calls.GatewayOptions()), TimeProvider.System));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        BatchEndpoints.Map(app);
        await app.StartAsync(Cancel);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(app.Urls.Single() + "/v1/batches"))
        {
            Headers = { Authorization = new("Bearer", "kt_live_x") }, Content = body is null ? null : new StringContent(body),
        };
        using var answer = await http.SendAsync(request, Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<List<DemandDenied>> ToldAsync()
    {
        // What is told is written before the stop ends.
        await Gateway.Limits.StopAsync(Cancel);
        await using var command = DataSource.CreateCommand("SELECT body FROM outbox");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var owed = new List<DemandDenied>();
        while (await reader.ReadAsync(Cancel))
        {
            owed.Add(JsonSerializer.Deserialize<DemandDenied>(reader.GetString(0), JsonSerializerOptions.Web)!);
        }

        return owed;
    }

    /// <summary>Whoever asks has the same key, which may ask for nothing that is served.</summary>
    private sealed class AnyKey(KeyStanding standing) : IKeyDirectory, IKeysById
    {
        public bool IsCurrent => true;

        public KeyStanding Find(string secret, out Caller? caller) => FindById("key_1", out caller);

        public KeyStanding FindById(string keyId, out Caller? caller)
        {
            caller = new Caller(keyId, "Key", Role.Inference, "team_a", "") { AllowedModels = ["other"] };
            return standing;
        }
    }
}
