using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Makes a user: someone whose keys' calls can be charged to a wallet of their own.</summary>
internal sealed class CreateUser(IdentityChanges changes)
{
    public Task<User> RunAsync(CreateUserRequest request, Actor actor, CancellationToken cancellationToken)
    {
        Rules.Require(Validation.Id("user_id", request.UserId));
        Rules.Require(Validation.Name("name", request.Name));
        Rules.Require(Validation.Email("email", request.Email));
        return changes.RunAsync(
            nameof(CreateUser), request.IdempotencyKey, request, actor,
            async change =>
            {
                if (await UserStore.ReadAsync(change, request.UserId) is not null)
                {
                    throw RpcErrors.Create(StatusCode.AlreadyExists, Reasons.UserExists, $"There is a user '{request.UserId}' already.");
                }

                var user = new User { UserId = request.UserId, Name = request.Name, Email = request.Email, CreatedAt = change.Now.ToTimestampUtc() };
                await UserStore.InsertAsync(change, user);
                await change.AuditAsync(AuditActions.CreateUser, user.UserId, null, user);
                return user;
            },
            cancellationToken);
    }
}
