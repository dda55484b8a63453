using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Catalogue;
using Platform.Routing.Journal;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing;

/// <summary>gRPC: what the gateway serves, and how its journal stands.</summary>
internal sealed class RoutingService(CatalogueReplica catalogue, IOptions<ProviderOptions> providers, AttemptJournal journal, ReplicaDirectory replica)
    : Contracts.Routing.V1.Routing.RoutingBase
{
    [RequireRole(Role.Viewer)]
    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) => Task.FromResult(new ListModelsResponse
    {
        Models =
        {
            catalogue.Current.Models.Values.OrderBy(model => model.Name, StringComparer.Ordinal).Select(model => new Model
            {
                Name = model.Name,
                Provider = model.Provider,
                UpstreamModel = model.UpstreamModel,
                Lane = model.Lane,
                DefaultMaxOutputTokens = model.DefaultMaxOutputTokens,
                MaxOutputTokens = model.MaxOutputTokens,
            }),
        },
    });

    [RequireRole(Role.Viewer)]
    public override Task<ListProvidersResponse> ListProviders(ListProvidersRequest request, ServerCallContext context) => Task.FromResult(new ListProvidersResponse
    {
        Providers =
        {
            catalogue.Current.Providers.Select(name =>
            {
                var settings = providers.Value.Providers.GetValueOrDefault(name);
                return new Provider { Name = name, BaseUrl = settings?.BaseUrl ?? "", KeyHint = settings?.KeyHint ?? "" };
            }),
        },
    });

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
