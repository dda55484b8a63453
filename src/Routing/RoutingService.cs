using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Health;
using Platform.Routing.Journal;
using Platform.Routing.Policies;
using Platform.Routing.Providers;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing;

/// <summary>gRPC: what the gateway serves, and how its journal stands.</summary>
internal sealed class RoutingService(
    RoutingTableReplica policy, TestProvider test, TargetStandings targets, AttemptJournal journal, ReplicaDirectory replica)
    : Contracts.Routing.V1.Routing.RoutingBase
{
    [RequireRole(Role.Viewer)]
    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) => Task.FromResult(new ListModelsResponse
    {
        Models =
        {
            policy.Current.NamedModels().Where(model => model.Route.Targets.Any(choice => choice.Target.Provider.IsSetUp)).Select(model => new Model
            {
                Name = model.Name,
                Provider = model.Route.Targets[0].Target.Provider.Name,
                UpstreamModel = model.Route.Targets[0].Target.Model,
                Lane = model.Lane,
                DefaultMaxOutputTokens = model.Route.Targets[0].Target.DefaultMaxOutputTokens,
                MaxOutputTokens = model.Route.Targets[0].Target.MaxOutputTokens,
            }),
        },
    });

    [RequireRole(Role.Viewer)]
    public override Task<ListProvidersResponse> ListProviders(ListProvidersRequest request, ServerCallContext context) => Task.FromResult(new ListProvidersResponse
    {
        Providers =
        {
            policy.Current.Providers.Values.OrderBy(provider => provider.Name, StringComparer.Ordinal)
                .Select(provider => new Provider
                {
                    Name = provider.Name, BaseUrl = provider.BaseUrl ?? "", KeyHint = provider.ApiKey?.Hint ?? "", SetUp = provider.IsSetUp, ApiKey = provider.KeyReference,
                    Kind = PolicyNames.Kinds.First(kind => kind.Value == provider.Kind).Key, 
                    TeamKeys = { provider.TeamApiKeys.Keys.Except(provider.TeamsWithoutKey).Order(StringComparer.Ordinal) }, TeamsWithoutKey = { provider.TeamsWithoutKey },
                }),
        },
    });

    [RequireRole(Role.Admin)]
    public override Task<TestProviderResponse> TestProvider(TestProviderRequest request, ServerCallContext context) =>
        test.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListTargetsResponse> ListTargets(ListTargetsRequest request, ServerCallContext context) => Task.FromResult(targets.List());

    [RequireRole(Role.Viewer)]
    public override Task<JournalStatus> GetJournalStatus(GetJournalStatusRequest request, ServerCallContext context)
    {
        var standing = journal.Standing();
        return Task.FromResult(new JournalStatus
        {
            Replica = replica.Replica,
            InFlight = standing.InFlight,
            Unshipped = standing.Unshipped,
            OldestUnshippedAt = standing.OldestUnshippedAt.ToTimestampUtc(),
        });
    }
}
