using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using IdentityContract = Platform.Contracts.Identity.V1.Identity;

namespace Platform.Wallet.Identity;

/// <summary>Who may do what: each method is an operation of its own.</summary>
internal sealed class IdentityService(
    CreateTeam createTeam, CreateKey createKey, RevokeKey revokeKey, IdentityStore store, WalletDirectory directory, WatchDirectory watch,
    IHostApplicationLifetime lifetime) : IdentityContract.IdentityBase
{
    [RequireRole(Role.Admin)]
    public override Task<Team> CreateTeam(CreateTeamRequest request, ServerCallContext context) =>
        createTeam.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Inference)]
    public override async Task<ListTeamsResponse> ListTeams(ListTeamsRequest request, ServerCallContext context) =>
        new() { Teams = { await store.ListTeamsAsync(context.CancellationToken) } };

    [RequireRole(Role.Admin)]
    public override Task<CreateKeyResponse> CreateKey(CreateKeyRequest request, ServerCallContext context) =>
        createKey.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task<ListKeysResponse> ListKeys(ListKeysRequest request, ServerCallContext context)
    {
        var keys = await store.ListKeysAsync(request.TeamId, context.CancellationToken);
        return new ListKeysResponse { Keys = { keys.Select(key => key.ToContract()) } };
    }

    [RequireRole(Role.Admin)]
    public override Task<ApiKey> RevokeKey(RevokeKeyRequest request, ServerCallContext context) =>
        revokeKey.RunAsync(request.KeyId, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Inference)]
    public override Task<WhoAmIResponse> WhoAmI(WhoAmIRequest request, ServerCallContext context)
    {
        var caller = context.GetCaller();
        var key = directory.Find(caller.KeyId)
            ?? throw new InvalidOperationException($"Key {caller.KeyId} was authenticated and is not in the directory.");
        return Task.FromResult(new WhoAmIResponse { Key = key.ToContract(), Organisation = directory.Organisation, Currency = directory.Currency });
    }

    [RequireRole(Role.Gateway)]
    public override async Task Watch(WatchRequest request, IServerStreamWriter<DirectoryChange> responseStream, ServerCallContext context)
    {
        // A stream would otherwise keep the process from stopping; its follower connects again, to another replica.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await watch.RunAsync(responseStream, ends.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "This replica is stopping; connect again."));
        }
    }
}
