using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Leases;
using Platform.Routing.Policies.Rules;
using Platform.Routing.Pricing;

namespace Platform.Routing.Policies.Explain;

/// <summary>What would become of a call, by the policy in force and by what this replica knows of targets and wallets.</summary>
internal sealed class ExplainRoute(RoutingTableReplica policy, LaneExplainer lanes, LeasePool leases, PriceReplica prices)
{
    private const long UsualBytes = 4_000;
    private const long MostBytes = 1_000_000_000;
    private const long MostTokens = 100_000_000;
    private const int MostImages = 10_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, NOT_FOUND (MODEL_NOT_FOUND).</exception>
    public ExplainRouteResponse Run(ExplainRouteRequest request)
    {
        var table = policy.Current;
        Require(request, table);
        if (!table.Models.TryGetValue(request.Model, out var model))
        {
            throw RpcErrors.NotFound(Reasons.ModelNotFound, $"There is no model '{Validation.Shown(request.Model)}' in the routing policy. List the models, or look at the policy.");
        }

        var shape = request.Shape.Length == 0 ? ShapeKinds.Chat : PolicyNames.Shapes[request.Shape];
        var asked = request.Lane.Length == 0 ? model.Lane : request.Lane;
        var call = new FactsRequest(request.InputBytes == 0 ? UsualBytes : request.InputBytes, request.MaxOutputTokens == 0 ? null : request.MaxOutputTokens)
        {
            Images = request.Images,
        };
        var facts = new CallFacts(
            model, shape, asked, request.Workload, request.TeamId, CallEstimate.SizingTokens(call, table.RouteOf(model, asked), shape),
            request.WalletStatus.Length == 0 ? leases.StandingOfTeam(request.TeamId).Status : PolicyNames.WalletStatus[request.WalletStatus]);
        var lane = SizingDecision.Of(table, facts).Lane;
        return new ExplainRouteResponse
        {
            PolicyVersion = table.Version,
            Model = model.Name,
            LaneAsked = facts.Lane,
            Lane = lane,
            WalletStatus = facts.Wallet == WalletStatus.Unspecified ? "" : RuleExplainer.StatusOf(facts.Wallet),
            InputTokens = facts.EstimatedInputTokens,
            Rules = { RuleExplainer.Explain(table, facts) },
            Lanes =
            {
                table.Lanes.Keys.OrderBy(name => name != lane).ThenBy(name => name, StringComparer.Ordinal)
                    .Select(name => lanes.Explain(name, table.RouteOf(model, name), shape, request.TeamId, call)),
            },
            Currency = prices.Currency,
        };
    }

    private static void Require(ExplainRouteRequest request, RoutingTable table)
    {
        var problem =
            Validation.Text("model", request.Model, 1, 200)
            ?? OneOf("shape", request.Shape, PolicyNames.Shapes.Keys)
            ?? OneOf("lane", request.Lane, table.Lanes.Keys.Order(StringComparer.Ordinal))
            ?? OneOf("wallet_status", request.WalletStatus, PolicyNames.WalletStatus.Keys)
            ?? Validation.Label("workload", request.Workload)
            ?? (request.TeamId.Length == 0 ? null : Validation.TeamId(request.TeamId))
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
