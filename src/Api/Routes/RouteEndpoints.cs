using System.Text.Json;
using Grpc.Core;
using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using PoliciesClient = Platform.Contracts.Routing.V1.Policies.PoliciesClient;
using RoutingClient = Platform.Contracts.Routing.V1.Routing.RoutingClient;

namespace Platform.Api.Routes;

/// <summary>The routing policy and its versions.</summary>
internal static class RouteEndpoints
{
    /// <summary>By which the gateway estimates.</summary>
    private const long BytesPerToken = 4;

    private const long MostTokens = 100_000_000;

    public static void MapRoutes(this WebApplication app)
    {
        var routes = app.MapGroup("/v1/routes").WithTags("routes");
        routes.MapGet("", GetAsync).WithSummary("The routing policy in force.");
        routes.MapPut("", ApplyAsync).WithMetadata(BodyBounds.Document).WithSummary("Puts a whole document in force as the next version, or says what it would change.");
        routes.MapPost("/rollback", RollBackAsync).WithSummary("Puts an older document in force again, as a new version.").Produces<RoutesAppliedBody>();
        routes.MapPost("/explain", ExplainAsync).WithSummary("What would become of a call: rules, targets in order, estimated costs, and whether rate limits let it pass now. Changes nothing.").Produces<ExplainBody>();
        routes.MapGet("/versions", ListAsync).WithSummary("Versions, newest first, with what each changed.");
        routes.MapGet("/versions/{version}", FindAsync).WithSummary("One version with its document.");
        routes.MapGet("/targets", ListTargetsAsync).WithSummary("How each target stands in the gateway that answers: circuit breaker, latency, load.");
        routes.MapGet("/diff", DiffAsync).WithSummary("What one version says against another, or against the one in force.");
    }

    private static async Task<RouteVersionBody> GetAsync(PoliciesClient policies, HttpContext http) =>
        RouteVersionBody.From(await policies.GetPolicyAsync(new GetPolicyRequest(), Call.Options(http)));

    private static async Task<RouteVersionBody> FindAsync(long version, PoliciesClient policies, HttpContext http) =>
        RouteVersionBody.From(await policies.GetPolicyAsync(new GetPolicyRequest { Version = Positive("version", version) }, Call.Options(http)));

    private static async Task<RouteVersionsBody> ListAsync(int? limit, long? before, PoliciesClient policies, HttpContext http)
    {
        var answer = await policies.ListPolicyVersionsAsync(
            new ListPolicyVersionsRequest { Limit = limit ?? 0, BeforeVersion = before ?? 0 }, Call.Options(http));
        return new RouteVersionsBody([.. answer.Versions.Select(RouteVersionBody.From)], answer.NextBefore == 0 ? null : answer.NextBefore);
    }

    private static async Task<RoutesAppliedBody> ApplyAsync(RoutesInput body, PoliciesClient policies, HttpContext http) =>
        RoutesAppliedBody.From(await policies.ApplyPolicyAsync(
            new ApplyPolicyRequest
            {
                Policy = await DocumentReader.ReadAsync<RoutePolicy>("policy", Require.Value("policy", body.Policy), policy => ProblemsOfAsync(policy, policies, http)),
                Description = body.Description ?? "",
                ExpectedVersion = ExpectedOf(body.ExpectedVersion),
                DryRun = body.DryRun ?? false,
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http)));

    /// <summary>What Routing says of a document; nothing where there is no problem, or it says something else.</summary>
    private static async Task<string> ProblemsOfAsync(RoutePolicy policy, PoliciesClient policies, HttpContext http)
    {
        try
        {
            await policies.ApplyPolicyAsync(new ApplyPolicyRequest { Policy = policy, DryRun = true, IdempotencyKey = Guid.CreateVersion7().ToString() }, Call.Options(http));
            return "";
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.InvalidArgument)
        {
            // Below its first line, which counts them.
            return exception.Status.Detail[(exception.Status.Detail.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        }
        catch (RpcException)
        {
            return "";
        }
    }

    private static async Task<IResult> RollBackAsync(RoutesRollbackInput body, PoliciesClient policies, HttpContext http) =>
        Results.Ok(RoutesAppliedBody.From(await policies.RollBackPolicyAsync(
            new RollBackPolicyRequest
            {
                Version = Positive("version", Require.Value("version", body.Version)),
                Description = body.Description ?? "",
                ExpectedVersion = ExpectedOf(body.ExpectedVersion),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http))));

    private static async Task<RouteTargetsBody> ListTargetsAsync(RoutingClient routing, HttpContext http) =>
        RouteTargetsBody.From(await routing.ListTargetsAsync(new ListTargetsRequest(), Call.Options(http)));

    private static async Task<RouteDiffBody> DiffAsync(long from, long? to, PoliciesClient policies, HttpContext http)
    {
        var answer = await policies.ComparePoliciesAsync(
            new ComparePoliciesRequest { FromVersion = Positive("from", from), ToVersion = to is { } version ? Positive("to", version) : 0 }, Call.Options(http));
        return new RouteDiffBody(answer.FromVersion, answer.ToVersion, RouteChangeBody.From(answer.Changes));
    }

    private static async Task<IResult> ExplainAsync(ExplainInput body, PoliciesClient policies, HttpContext http)
    {
        if (body.InputTokens is not null && body.InputBytes is not null)
        {
            throw RpcErrors.InvalidArgument("Give input_tokens or input_bytes, and not both.");
        }

        if (body.InputTokens is < 0 or > MostTokens)
        {
            throw RpcErrors.InvalidArgument($"input_tokens must be 0 to {MostTokens}; it is {body.InputTokens}.");
        }

        return Results.Ok(ExplainBody.From(await policies.ExplainRouteAsync(
            new ExplainRouteRequest
            {
                Model = Require.Text("model", body.Model),
                Shape = body.Shape ?? "",
                Lane = body.Lane ?? "",
                Workload = body.Workload ?? "",
                TeamId = Require.Filled("team_id", body.TeamId),
                InputBytes = body.InputBytes ?? (body.InputTokens ?? 0) * BytesPerToken,
                MaxOutputTokens = body.MaxOutputTokens ?? 0,
                WalletStatus = body.WalletStatus ?? "",
                Images = body.Images ?? 0,
                KeyId = Require.Filled("key_id", body.KeyId),
                UserId = Require.Filled("user_id", body.UserId),
            },
            Call.Options(http))));
    }

    /// <summary>0: whatever is in force.</summary>
    private static long ExpectedOf(long? version) => version is { } expected ? Positive("expected_version", expected) : 0;

    /// <summary>0 would mean the version in force.</summary>
    private static long Positive(string name, long version) => version > 0 ? version : throw RpcErrors.InvalidArgument($"{name} must be 1 or more; it is {version}.");
}
