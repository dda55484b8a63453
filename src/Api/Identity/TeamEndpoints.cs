using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using IdentityClient = Platform.Contracts.Identity.V1.Identity.IdentityClient;

namespace Platform.Api.Identity;

internal static class TeamEndpoints
{
    public static void MapTeams(this WebApplication app)
    {
        var teams = app.MapGroup("/v1/teams").WithTags("teams");
        teams.MapPost("", CreateAsync).WithSummary("Makes a team and its empty wallet.").Produces<TeamBody>(StatusCodes.Status201Created);
        teams.MapGet("", ListAsync).WithSummary("All teams, by id.");
    }

    private static async Task<IResult> CreateAsync(CreateTeamBody body, IdentityClient identity, HttpContext http)
    {
        var team = await identity.CreateTeamAsync(
            new CreateTeamRequest
            {
                TeamId = Require.Text("team_id", body.TeamId),
                Name = Require.Text("name", body.Name),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(TeamBody.From(team), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<TeamsBody> ListAsync(IdentityClient identity, HttpContext http)
    {
        var answer = await identity.ListTeamsAsync(new ListTeamsRequest(), Call.Options(http));
        return new TeamsBody([.. answer.Teams.Select(TeamBody.From)]);
    }
}

internal sealed record CreateTeamBody(string? TeamId = null, string? Name = null);

internal sealed record TeamsBody(IReadOnlyList<TeamBody> Teams);

internal sealed record TeamBody(string TeamId, string Name, DateTimeOffset? CreatedAt)
{
    public static TeamBody From(Team team) => new(team.TeamId, team.Name, team.CreatedAt.ToMoment());
}
