using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using IdentityContract = Platform.Contracts.Identity.V1.Identity;

namespace Platform.Wallet.Identity;

/// <summary>Who may do what: each method that changes something is an operation of its own.</summary>
internal sealed class IdentityService(
    CreateTeam createTeam, UpdateTeam updateTeam, FreezeTeam freezeTeam, CreateUser createUser, UpdateUser updateUser, CreateApplication createApplication,
    UpdateApplication updateApplication, ListApplications listApplications, CreateKey createKey, ListKeys listKeys, RotateKey rotateKey,
    SetKeyAllowed setKeyAllowed, FreezeKey freezeKey, RevokeKey revokeKey, TeamStore teams, UserStore users, WalletDirectory directory, WatchDirectory watch,
    IHostApplicationLifetime lifetime) : IdentityContract.IdentityBase
{
    [RequireRole(Role.Admin)]
    public override Task<Team> CreateTeam(CreateTeamRequest request, ServerCallContext context) =>
        createTeam.RunAsync(request, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<Team> UpdateTeam(UpdateTeamRequest request, ServerCallContext context) =>
        updateTeam.RunAsync(request, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<Team> FreezeTeam(FreezeTeamRequest request, ServerCallContext context) =>
        freezeTeam.RunAsync(request, freeze: true, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<Team> UnfreezeTeam(FreezeTeamRequest request, ServerCallContext context) =>
        freezeTeam.RunAsync(request, freeze: false, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task<ListTeamsResponse> ListTeams(ListTeamsRequest request, ServerCallContext context)
    {
        Rules.RequireSearch(request.Search);
        var page = Contracts.PageRequest.OrWhole(request.PageSize, request.PageToken);
        var found = await teams.ListAsync(request.Search, page, context.CancellationToken);
        var (rows, next) = page?.Cut(found, team => team.TeamId) ?? (found, "");
        return new ListTeamsResponse { Teams = { rows }, NextPageToken = next };
    }

    [RequireRole(Role.Admin)]
    public override Task<User> CreateUser(CreateUserRequest request, ServerCallContext context) =>
        createUser.RunAsync(request, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<User> UpdateUser(UpdateUserRequest request, ServerCallContext context) =>
        updateUser.RunAsync(request, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task<ListUsersResponse> ListUsers(ListUsersRequest request, ServerCallContext context)
    {
        var page = Contracts.PageRequest.Of(request.PageSize, request.PageToken);
        var (rows, next) = page.Cut(await users.ListAsync(page, context.CancellationToken), user => user.UserId);
        return new ListUsersResponse { Users = { rows }, NextPageToken = next };
    }

    [RequireRole(Role.Admin)]
    public override Task<Application> CreateApplication(CreateApplicationRequest request, ServerCallContext context) =>
        createApplication.RunAsync(request, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<Application> UpdateApplication(UpdateApplicationRequest request, ServerCallContext context) =>
        updateApplication.RunAsync(request, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListApplicationsResponse> ListApplications(ListApplicationsRequest request, ServerCallContext context) =>
        listApplications.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<CreateKeyResponse> CreateKey(CreateKeyRequest request, ServerCallContext context) =>
        createKey.RunAsync(request, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<RotateKeyResponse> RotateKey(RotateKeyRequest request, ServerCallContext context) =>
        rotateKey.RunAsync(request, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<ApiKey> SetKeyAllowed(SetKeyAllowedRequest request, ServerCallContext context) =>
        setKeyAllowed.RunAsync(request, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<ApiKey> FreezeKey(FreezeKeyRequest request, ServerCallContext context) =>
        freezeKey.RunAsync(request, freeze: true, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<ApiKey> UnfreezeKey(FreezeKeyRequest request, ServerCallContext context) =>
        freezeKey.RunAsync(request, freeze: false, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListKeysResponse> ListKeys(ListKeysRequest request, ServerCallContext context) =>
        listKeys.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<ApiKey> RevokeKey(RevokeKeyRequest request, ServerCallContext context) =>
        revokeKey.RunAsync(request.KeyId, ActorOf(context), context.CancellationToken);

    [RequireRole(Role.Inference, OrLeaseHolder = true)]
    public override Task<WhoAmIResponse> WhoAmI(WhoAmIRequest request, ServerCallContext context)
    {
        var caller = context.GetCaller();
        var key = directory.FindKey(caller.KeyId)
            ?? throw Contracts.RpcErrors.Create(StatusCode.Unauthenticated, Contracts.Reasons.TokenInvalid, $"Token {caller.KeyId} has just been revoked.");
        return Task.FromResult(new WhoAmIResponse { Key = key.ToContract(), Organisation = directory.Organisation, Currency = directory.Currency });
    }

    [RequireRole(Role.Gateway)]
    public override async Task Watch(WatchRequest request, IServerStreamWriter<DirectoryChange> responseStream, ServerCallContext context)
    {
        // A stream would otherwise keep the process from stopping; its follower connects again, to another replica.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await watch.RunAsync(responseStream, context.GetCaller().KeyId, ends.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "This replica is stopping; connect again."));
        }
    }

    private static Actor ActorOf(ServerCallContext context) => Actor.Of(context.GetCaller());
}
