using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using IdentityClient = Platform.Contracts.Identity.V1.Identity.IdentityClient;

namespace Platform.Api.Identity;

internal static class UserEndpoints
{
    public static void MapUsers(this WebApplication app)
    {
        var users = app.MapGroup("/v1/users").WithTags("users");
        users.MapPost("", CreateAsync).WithSummary("Makes a user.").Produces<UserBody>(StatusCodes.Status201Created);
        users.MapGet("", ListAsync).WithSummary("Users by id, paged.");
        users.MapPatch("/{id}", UpdateAsync).WithSummary("Changes the fields that are given; all keys of a disabled user are refused.");
    }

    private static async Task<IResult> CreateAsync(CreateUserBody body, IdentityClient identity, HttpContext http)
    {
        var user = await identity.CreateUserAsync(
            new CreateUserRequest
            {
                UserId = Require.Text("user_id", body.UserId),
                Name = Require.Text("name", body.Name),
                Email = body.Email ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(UserBody.From(user), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<UsersBody> ListAsync(int? page_size, string? page_token, IdentityClient identity, HttpContext http)
    {
        var answer = await identity.ListUsersAsync(new ListUsersRequest { PageSize = page_size ?? 0, PageToken = page_token ?? "" }, Call.Options(http));
        return new UsersBody([.. answer.Users.Select(UserBody.From)], answer.NextPageToken);
    }

    private static async Task<UserBody> UpdateAsync(string id, UpdateUserBody body, IdentityClient identity, HttpContext http)
    {
        var request = new UpdateUserRequest { UserId = id, IdempotencyKey = Call.IdempotencyKey(http) };
        body.Name.IfGiven(value => request.Name = value);
        body.Email.IfGiven(value => request.Email = value);
        if (body.Disabled is { } disabled)
        {
            request.Disabled = disabled;
        }

        return UserBody.From(await identity.UpdateUserAsync(request, Call.Options(http)));
    }
}

internal sealed record CreateUserBody([property: Required] string? UserId = null, [property: Required] string? Name = null, string? Email = null);

/// <param name="Disabled">All keys of a disabled user are refused, everywhere within two seconds.</param>
internal sealed record UpdateUserBody(string? Name = null, string? Email = null, bool? Disabled = null);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record UsersBody(IReadOnlyList<UserBody> Users, string NextPageToken);

/// <param name="DisabledAt">Null while the user's keys may call.</param>
internal sealed record UserBody(string UserId, string Name, string Email, DateTimeOffset? CreatedAt, DateTimeOffset? DisabledAt)
{
    public static UserBody From(User user) => new(user.UserId, user.Name, user.Email, user.CreatedAt.ToMoment(), user.DisabledAt.ToMoment());
}
