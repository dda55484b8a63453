using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Changes what a request names of a user. Disabling one stops all keys of theirs, so it takes the right to manage each of them.</summary>
internal sealed class UpdateUser(IdentityChanges changes)
{
    public Task<User> RunAsync(UpdateUserRequest request, Actor actor, CancellationToken cancellationToken)
    {
        Rules.Require(request.HasName ? Validation.Name("name", request.Name) : null);
        Rules.Require(request.HasEmail ? Validation.Email("email", request.Email) : null);
        return changes.RunAsync(
            nameof(UpdateUser), request.IdempotencyKey, request, actor,
            async change =>
            {
                var before = await UserStore.RequireAsync(change, request.UserId);
                var after = Apply(request, before, change.Now);
                if (!after.Equals(before))
                {
                    await UserStore.UpdateAsync(change, after);
                    if ((before.DisabledAt is null) != (after.DisabledAt is null))
                    {
                        await RequireRightsAsync(change, after);
                    }

                    await change.AuditAsync(AuditActions.UpdateUser, after.UserId, before, after);
                }

                return after;
            },
            cancellationToken);
    }

    private static User Apply(UpdateUserRequest request, User before, DateTimeOffset now) => new(before)
    {
        Name = request.HasName ? request.Name : before.Name,
        Email = request.HasEmail ? request.Email : before.Email,
        DisabledAt = !request.HasDisabled ? before.DisabledAt : request.Disabled ? before.DisabledAt ?? now.ToTimestampUtc() : null,
    };

    private static async Task RequireRightsAsync(IdentityChange change, User user)
    {
        var roles = await KeyStore.ReadRolesOfUserAsync(change, user.UserId);
        foreach (var role in roles)
        {
            KeyRights.Require(change.Actor, role);
        }

        if (user.DisabledAt is not null && roles.Contains(Role.Owner))
        {
            await OwnerGuard.RequireOwnerAsync(change);
        }
    }
}
