using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using IdentityClient = Platform.Contracts.Identity.V1.Identity.IdentityClient;

namespace Platform.Api.Identity;

internal static class ApplicationEndpoints
{
    public static void MapApplications(this WebApplication app)
    {
        var applications = app.MapGroup("/v1/applications").WithTags("applications");
        applications.MapPost("", CreateAsync).WithSummary("Makes an application of a team.").Produces<ApplicationBody>(StatusCodes.Status201Created);
        applications.MapGet("", ListAsync).WithSummary("Applications by id, paged.");
        applications.MapPatch("/{id}", UpdateAsync).WithSummary("Changes the fields that are given.");
    }

    private static async Task<IResult> CreateAsync(CreateApplicationBody body, IdentityClient identity, HttpContext http)
    {
        var application = await identity.CreateApplicationAsync(
            new CreateApplicationRequest
            {
                ApplicationId = Require.Text("application_id", body.ApplicationId),
                TeamId = Require.Text("team_id", body.TeamId),
                Name = Require.Text("name", body.Name),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(ApplicationBody.From(application), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<ApplicationsBody> ListAsync(string? team_id, int? page_size, string? page_token, IdentityClient identity, HttpContext http)
    {
        var answer = await identity.ListApplicationsAsync(
            new ListApplicationsRequest { TeamId = team_id ?? "", PageSize = page_size ?? 0, PageToken = page_token ?? "" }, Call.Options(http));
        return new ApplicationsBody([.. answer.Applications.Select(ApplicationBody.From)], answer.NextPageToken);
    }

    private static async Task<ApplicationBody> UpdateAsync(string id, UpdateApplicationBody body, IdentityClient identity, HttpContext http)
    {
        var request = new UpdateApplicationRequest { ApplicationId = id, IdempotencyKey = Call.IdempotencyKey(http) };
        body.Name.IfGiven(value => request.Name = value);
        return ApplicationBody.From(await identity.UpdateApplicationAsync(request, Call.Options(http)));
    }
}

internal sealed record CreateApplicationBody([property: Required] string? ApplicationId = null, [property: Required] string? TeamId = null, [property: Required] string? Name = null);

internal sealed record UpdateApplicationBody(string? Name = null);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record ApplicationsBody(IReadOnlyList<ApplicationBody> Applications, string NextPageToken);

internal sealed record ApplicationBody(string ApplicationId, string TeamId, string Name, DateTimeOffset? CreatedAt)
{
    public static ApplicationBody From(Application application) =>
        new(application.ApplicationId, application.TeamId, application.Name, application.CreatedAt.ToMoment());
}
