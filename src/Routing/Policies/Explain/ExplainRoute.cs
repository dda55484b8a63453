using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Routing.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Leases;
using Platform.Routing.Limits;
using Platform.Routing.Policies.Rules;
using Platform.Routing.Pricing;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Policies.Explain;

/// <summary>What would become of a call, by the policy in force, by what this replica knows of targets and wallets, and by what all replicas have counted of limits.</summary>
internal sealed class ExplainRoute(RoutingTableReplica policy, LaneExplainer lanes, ExplainLimits limits, IKeysById keys, LeasePool leases, PriceReplica prices)
{
    private const long UsualBytes = 4_000;
    private const long MostBytes = 1_000_000_000;
    private const long MostTokens = 100_000_000;
    private const int MostImages = 10_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, NOT_FOUND (MODEL_NOT_FOUND, KEY_NOT_FOUND).</exception>
    public async Task<ExplainRouteResponse> RunAsync(ExplainRouteRequest request, CancellationToken cancellationToken)
    {
        var table = policy.Current;
        Require(request, table);
        if (!table.Models.TryGetValue(request.Model, out var model))
        {
            throw RpcErrors.NotFound(Reasons.ModelNotFound, $"There is no model '{Validation.Shown(request.Model)}' in the routing policy. List the models, or look at the policy.");
        }

        var caller = CallerOf(request);
        var shape = request.Shape.Length == 0 ? ShapeKinds.Chat : PolicyNames.Shapes[request.Shape];
        var asked = request.Lane.Length == 0 ? model.Lane : request.Lane;
        var call = new FactsRequest(request.InputBytes == 0 ? UsualBytes : request.InputBytes, request.MaxOutputTokens == 0 ? null : request.MaxOutputTokens)
        {
            Images = request.Images,
        };
        var facts = new CallFacts(
            model, shape, asked, request.Workload.Length == 0 ? caller.Workload : request.Workload, caller.TeamId, CallEstimate.SizingTokens(call, table.RouteOf(model, asked), shape),
            request.WalletStatus.Length == 0 ? leases.StandingOfTeam(caller.TeamId).Status : PolicyNames.WalletStatus[request.WalletStatus]);
        var lane = SizingDecision.Of(table, facts).Lane;
        var refusal = RefusalOf(request, caller, model, asked);
        var explained = table.Lanes.Keys.OrderBy(name => name != lane).ThenBy(name => name, StringComparer.Ordinal)
            .Select(name => lanes.Explain(name, table.RouteOf(model, name), shape, caller.TeamId, call)).ToList();
        var limited = await ExplainLimitsAsync(table, caller, model, lane, call, explained[0], cancellationToken);
        return new ExplainRouteResponse
        {
            PolicyVersion = table.Version,
            Model = model.Name,
            LaneAsked = facts.Lane,
            Lane = lane,
            WalletStatus = facts.Wallet == WalletStatus.Unspecified ? "" : RuleExplainer.StatusOf(facts.Wallet),
            InputTokens = facts.EstimatedInputTokens,
            Rules = { RuleExplainer.Explain(table, facts) },
            Lanes = { explained },
            Currency = prices.Currency,
            Limits = { limited },
            LimitsOutcome = ExplainLimits.OutcomeOf(limited),
            RefusalCode = refusal?.Code ?? "",
            Refusal = refusal?.Message ?? "",
        };
    }

    /// <summary>A call is estimated for the target that it would go to first, and each attempt for its own.</summary>
    private Task<IReadOnlyList<LimitExplanation>> ExplainLimitsAsync(
        RoutingTable table, Caller caller, RouteModel model, string lane, FactsRequest call, LaneExplanation explained, CancellationToken cancellationToken)
    {
        var targets = table.RouteOf(model, lane).Targets.Select(choice => choice.Target).ToList();
        var tried = explained.Candidates.Where(candidate => candidate.Place > 0).Select(candidate => targets.Find(target => target.Name == candidate.Target)!).ToList();
        return limits.RunAsync(
            table.Limits, CallAdmission.FactsOf(caller, model, lane), CallAdmission.Estimate(call, tried.Count > 0 ? tried[0] : targets[0]),
            [.. tried.DistinctBy(target => target.Provider.Name).Select(target => (target.Provider.Name, CallAdmission.Estimate(call, target)))], cancellationToken);
    }

    /// <summary>Whose call it is: as the key says, or as is asked about.</summary>
    private Caller CallerOf(ExplainRouteRequest request)
    {
        if (request.KeyId.Length == 0)
        {
            return new Caller("", "", Role.Inference, request.TeamId, "") { UserId = request.UserId };
        }

        keys.FindById(request.KeyId, out var caller);
        if (caller is null)
        {
            throw RpcErrors.NotFound(Reasons.KeyNotFound, $"There is no key '{Validation.Shown(request.KeyId)}', or it was revoked.");
        }

        if (caller.TeamId.Length == 0)
        {
            // A service's key: it says with each call whose it is.
            return caller with { TeamId = request.TeamId, UserId = request.UserId };
        }

        return (request.TeamId.Length == 0 || request.TeamId == caller.TeamId) && (request.UserId.Length == 0 || request.UserId == caller.UserId)
            ? caller
            : throw RpcErrors.InvalidArgument(
                $"The key {caller.KeyId} is of team {caller.TeamId} and of {(caller.UserId.Length == 0 ? "no user" : $"user {caller.UserId}")}: leave team_id and user_id out, or say the same.");
    }

    /// <summary>What a call of the key hears before anything of it is looked at further; null where it is let through, or nobody said which key calls.</summary>
    private ApiError? RefusalOf(ExplainRouteRequest request, Caller caller, RouteModel model, string lane) => request.KeyId.Length == 0 || caller.Role == Role.Gateway
        ? null
        : GatewayAuthentication.TryAuthenticateKey(request.KeyId, keys, out _) ?? KeyAccess.TryAsk(caller, model, request.Model, lane);

    private static void Require(ExplainRouteRequest request, RoutingTable table)
    {
        var problem =
            Validation.Text("model", request.Model, 1, 200)
            ?? OneOf("shape", request.Shape, PolicyNames.Shapes.Keys)
            ?? OneOf("lane", request.Lane, table.Lanes.Keys.Order(StringComparer.Ordinal))
            ?? OneOf("wallet_status", request.WalletStatus, PolicyNames.WalletStatus.Keys)
            ?? Validation.Label("workload", request.Workload)
            ?? (request.TeamId.Length == 0 ? null : Validation.TeamId(request.TeamId))
            ?? (request.UserId.Length == 0 ? null : Validation.Id("user_id", request.UserId))
            ?? Validation.Text("key_id", request.KeyId, 0, 200)
            ?? Range("input_bytes", request.InputBytes, MostBytes)
            ?? Range("images", request.Images, MostImages)
            ?? Range("max_output_tokens", request.MaxOutputTokens, MostTokens);
        if (problem is not null)
        {
            throw RpcErrors.InvalidArgument(problem);
        }
    }

    private static string? OneOf(string name, string value, IEnumerable<string> known) => value.Length == 0 || known.Contains(value)
        ? null
        : $"{name} must be one of {string.Join(", ", known)}; it is '{Validation.Shown(value)}'.";

    private static string? Range(string name, long value, long most) => value >= 0 && value <= most ? null : $"{name} must be 0 to {most}; it is {value}.";
}
