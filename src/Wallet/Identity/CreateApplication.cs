using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Makes an application of a team: a program whose keys' calls can be charged to a wallet of its own.</summary>
internal sealed class CreateApplication(IdentityChanges changes)
{
    public Task<Application> RunAsync(CreateApplicationRequest request, Actor actor, CancellationToken cancellationToken)
    {
        Rules.Require(Validation.Id("application_id", request.ApplicationId));
        Rules.Require(Validation.TeamId(request.TeamId));
        Rules.Require(Validation.Name("name", request.Name));
        return changes.RunAsync(
            nameof(CreateApplication), request.IdempotencyKey, request, actor,
            async change =>
            {
                await TeamStore.RequireAsync(change, request.TeamId);
                if (await ApplicationStore.ReadAsync(change, request.ApplicationId) is { } other)
                {
                    throw RpcErrors.Create(
                        StatusCode.AlreadyExists, Reasons.ApplicationExists, $"Team '{other.TeamId}' has an application '{request.ApplicationId}' already.");
                }

                var application = new Application
                {
                    ApplicationId = request.ApplicationId, TeamId = request.TeamId, Name = request.Name, CreatedAt = change.Now.ToTimestampUtc(),
                };
                await ApplicationStore.InsertAsync(change, application);
                await change.AuditAsync(AuditActions.CreateApplication, application.ApplicationId, null, application);
                return application;
            },
            cancellationToken);
    }
}
