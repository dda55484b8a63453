using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Calls;

/// <summary>Who may call, and what they may ask for.</summary>
public sealed class KeyAccessTests
{
    [Theory]
    [InlineData(null, KeyStanding.Usable, Role.Inference, 401, "TOKEN_MISSING")]
    [InlineData("kt_live_x", KeyStanding.Unknown, Role.Inference, 401, "invalid_api_key")]
    [InlineData("kt_live_x", KeyStanding.Expired, Role.Inference, 401, "invalid_api_key")]
    [InlineData("kt_live_x", KeyStanding.KeyFrozen, Role.Inference, 403, "key_frozen")]
    [InlineData("kt_live_x", KeyStanding.UserDisabled, Role.Inference, 403, "user_disabled")]
    [InlineData("kt_live_x", KeyStanding.TeamFrozen, Role.Inference, 403, "team_frozen")]
    [InlineData("kt_live_x", KeyStanding.Usable, Role.Owner, 403, "ROLE_MISSING")]
    [InlineData("kt_live_x", KeyStanding.Usable, Role.Gateway, 403, "ROLE_MISSING")]
    [InlineData("kt_live_x", KeyStanding.Usable, Role.Inference, 0, "")]
    public void A_key_is_let_through_or_refused_with_its_reason(string? token, KeyStanding standing, Role role, int status, string code)
    {
        var error = GatewayAuthentication.TryAuthenticate(token, new OneKey(standing, role), out var caller);
        Assert.Equal((status, code), (error?.Status ?? 0, error?.Code ?? ""));
        if (status == 0)
        {
            Assert.Equal("team_a", caller!.TeamId);
        }
    }

    /// <summary>Who is told that the key is unknown has it changed, which helps nothing.</summary>
    [Theory]
    [InlineData("Authorization")]
    [InlineData("x-api-key")]
    public void Several_keys_are_told_as_such_and_not_as_one_that_is_unknown(string header)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers[header] = new([header == "x-api-key" ? "kt_live_x" : "Bearer kt_live_x", "Bearer sk-of-a-proxy"]);
        var error = GatewayAuthentication.TryAuthenticate(new MessagesShape().ReadKey(http.Request), new OneKey(KeyStanding.Unknown, Role.Inference), out _);
        Assert.Equal((401, "invalid_api_key"), (error!.Status, error.Code));
        Assert.Contains("several keys", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_is_let_through_while_the_directory_is_too_old()
    {
        var error = GatewayAuthentication.TryAuthenticate("kt_live_x", new OneKey(KeyStanding.Usable, Role.Inference) { IsCurrent = false }, out _);
        Assert.Equal((503, "DIRECTORY_UNAVAILABLE"), (error!.Status, error.Code));
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("gpt-4o", "", "")]
    [InlineData("gpt-4o-mini,gpt-4o", "premium", "")]
    [InlineData("", "premium", "")]
    [InlineData("gpt-4o-mini", "", "model_not_allowed")]
    [InlineData("GPT-4o", "", "model_not_allowed")]
    [InlineData("gpt", "", "model_not_allowed")]
    [InlineData("", "economy", "lane_not_allowed")]
    [InlineData("gpt-4o", "economy", "lane_not_allowed")]
    [InlineData("gpt-4o-mini", "economy", "model_not_allowed")]
    public void A_model_is_served_when_its_name_and_lane_are_allowed(string models, string lanes, string code)
    {
        var caller = new Caller("key_1", "Key", Role.Inference, "team_a", "")
        {
            AllowedModels = models.Split(',', StringSplitOptions.RemoveEmptyEntries), AllowedLanes = lanes.Split(',', StringSplitOptions.RemoveEmptyEntries),
        };
        var error = KeyAccess.TryAsk(caller, Routes.Model("gpt-4o", "premium", Routes.Target("gpt-4o")), "gpt-4o", "premium");
        Assert.Equal((code, code.Length == 0 ? 0 : 403), (error?.Code ?? "", error?.Status ?? 0));
        if (error is not null)
        {
            using var json = JsonDocument.Parse(error.ToJson());
            Assert.Equal(("permission_error", "model"), (json.RootElement.GetProperty("error").GetProperty("type").GetString(), json.RootElement.GetProperty("error").GetProperty("param").GetString()));
        }
    }

    [Theory]
    // The key's list; what it asks for; whom the refusal names; what it is told that it may ask for.
    [InlineData("", "default", "", "gpt-4o, mini")]
    [InlineData("gpt-4o", "default", "", "gpt-4o")]
    [InlineData("default", "default", "", "default")]
    [InlineData("default", "gpt-4o", "gpt-4o", "default")]
    [InlineData("default", "best", "best", "default")]
    [InlineData("default,gpt-4o", "best", "", "gpt-4o")]
    [InlineData("mini", "default", "default", "mini")]
    public void An_alias_that_is_allowed_may_be_asked_for_and_no_other_name_of_its_model(string models, string asked, string refused, string listed)
    {
        var caller = new Caller("key_1", "Key", Role.Inference, "team_a", "") { AllowedModels = models.Split(',', StringSplitOptions.RemoveEmptyEntries) };
        var model = Routes.Model("gpt-4o", "premium", Routes.Target("gpt-4o"));
        var names = new Dictionary<string, RouteModel> { ["gpt-4o"] = model, ["default"] = model, ["best"] = model, ["mini"] = Routes.Model("mini", "standard", Routes.Target("mini")) };
        var error = KeyAccess.TryAsk(caller, model, asked, "premium");
        Assert.Equal(refused.Length == 0, error is null);
        Assert.Contains($"'{refused}'", error?.Message ?? "''", StringComparison.Ordinal);

        var table = new RoutingTable(
            1, FrozenDictionary<string, RouteProvider>.Empty, FrozenDictionary<string, RouteTarget>.Empty, names.ToFrozenDictionary(), FrozenDictionary<string, RouteLane>.Empty, [], []);
        Assert.Equal(listed, string.Join(", ", KeyAccess.Askable(table, caller).Select(one => one.Name)));
    }
}

/// <summary>A directory of one key, which stands as it is told.</summary>
internal sealed class OneKey(KeyStanding standing, Role role) : IKeyDirectory
{
    public bool IsCurrent { get; init; } = true;

    public KeyStanding Find(string secret, out Caller? caller)
    {
        caller = standing == KeyStanding.Unknown ? null : new Caller("key_1", "Key", role, "team_a", "") { UserId = "ada" };
        return standing;
    }
}
