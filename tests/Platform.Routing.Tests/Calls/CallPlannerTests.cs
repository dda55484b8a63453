using System.Collections.Frozen;
using System.Text;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Calls;

/// <summary>
/// The model m (alias mm) is in lane standard; lane economy has targets of its own, lane mail serves another shape only, lane night leaves models their own targets. Rule
/// "small": workload evaluation goes to economy; rule "letters" (of team_b): to mail; rule "idea" is in shadow: everything below 5 tokens of input goes to night.
/// </summary>
public sealed class CallPlannerTests : IAsyncLifetime
{
    private static readonly RouteTarget Cheap = Routes.Target("cheap") with { AllowedFields = FrozenSet.Create("provider") };
    private static readonly RouteTarget Letters = Routes.Target("letters") with { Shapes = ShapeKinds.Messages };
    private static readonly RouteModel Model = Routes.Model("m", "standard", Routes.Target("big"));
    private readonly LocalGateway _gateway = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    // Model, lane asked for, workload, team, lanes of the key → lane and target set, or the error; why; the rule in shadow.
    [InlineData("m", "", "", "team_a", "", "standard model/m", "", "")]
    [InlineData("mm", "", "", "team_a", "", "standard model/m", "", "")]
    [InlineData("m", "standard", "", "team_a", "", "standard model/m", "", "")]
    [InlineData("m", "economy", "", "team_a", "", "economy lane/economy", "lane economy asked for; ", "")]
    [InlineData("m", "night", "", "team_a", "", "night model/m", "lane night asked for; ", "")]
    [InlineData("m", "nowhere", "", "team_a", "", "lane_not_found", "", "")]
    [InlineData("other", "", "", "team_a", "", "model_not_found", "", "")]
    [InlineData("m", "", "", "team_a", "economy", "lane_not_allowed", "", "")]
    [InlineData("m", "economy", "", "team_a", "economy", "economy lane/economy", "lane economy asked for; ", "")]
    [InlineData("m", "night", "", "team_a", "standard,economy", "lane_not_allowed", "", "")]
    [InlineData("m", "", "evaluation", "team_a", "", "economy lane/economy", "rule small; ", "")]
    [InlineData("m", "", "evaluation", "team_a", "standard", "economy lane/economy", "rule small; ", "")]
    [InlineData("m", "", "", "team_b", "", "standard model/m", "", "")]
    [InlineData("m", "", "tiny", "team_a", "", "standard model/m", "", "idea")]
    public void Call_goes_into_the_lane_that_is_asked_for_or_that_a_rule_says(
        string model, string lane, string workload, string team, string keyLanes, string expected, string why, string shadow)
    {
        var caller = new Caller("key_1", "Key", Role.Inference, team, "") { AllowedLanes = keyLanes.Split(',', StringSplitOptions.RemoveEmptyEntries) };
        var shape = new ChatShape();
        Assert.Null(shape.TryRead(Encoding.UTF8.GetBytes($$"""{"model":"{{model}}","messages":[]}"""), out var request));
        var error = _gateway.Planner.TryPlan(Table(), shape, request, caller, CallLabels.Of(workload), lane, 0, out var call);
        Assert.Equal(expected, error?.Code ?? $"{call!.Lane} {call.Route.Name}");
        Assert.Equal((why, shadow), (call?.LaneReason ?? "", call?.Shadow?.Name ?? ""));
    }

    [Theory]
    [InlineData("\"provider\":{}", "standard", "CONTENT_UNBOUNDED")]
    [InlineData("\"provider\":{}", "economy", null)]
    [InlineData("\"provider\":{},\"plugins\":[{}]", "economy", "CONTENT_UNBOUNDED")]
    [InlineData("\"provider\":null", "standard", null)]
    public void Call_with_a_field_that_no_target_of_its_lane_allows_is_refused_before_anything_is_set_aside_or_kept(string field, string lane, string? refused)
    {
        var shape = new ChatShape();
        Assert.Null(shape.TryRead(Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[],{{field}}}"""), out var request));
        var caller = new Caller("key_1", "Key", Role.Inference, "team_a", "");
        Assert.Equal(refused, _gateway.Planner.TryPlan(Table(), shape, request, caller, CallLabels.Of(""), lane, 0, out _)?.Code);
    }

    private static RoutingTable Table()
    {
        RouteLane[] lanes =
        [
            new("standard", null, []), new("economy", Routes.Set("lane/economy", Cheap), []), new("mail", Routes.Set("lane/mail", Letters), []), new("night", null, []),
        ];
        RouteRule[] rules = [Rule("small", "economy", workload: "evaluation"), Rule("letters", "mail", team: "team_b"), Rule("idea", "night", workload: "tiny") with { IsShadow = true }];
        return new RoutingTable(
            1, FrozenDictionary<string, RouteProvider>.Empty, FrozenDictionary<string, RouteTarget>.Empty,
            new Dictionary<string, RouteModel> { ["m"] = Model, ["mm"] = Model }.ToFrozenDictionary(), lanes.ToFrozenDictionary(lane => lane.Name), rules, []);
    }

    private static RouteRule Rule(string name, string lane, string workload = "", string team = "") => new(
        name, false, Names(workload), Names(team), Names(""), Names(""), 0, [], lane);

    private static FrozenSet<string> Names(string name) => name.Length == 0 ? [] : [name];
}
