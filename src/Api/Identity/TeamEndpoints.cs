using System.ComponentModel.DataAnnotations;
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
        teams.MapGet("", ListAsync).WithSummary("Teams, by id; all of them unless a page is asked for.");
        teams.MapPatch("/{id}", UpdateAsync).WithSummary("Changes the fields that are given; an empty text clears one.");
        teams.MapPost("/{id}/freeze", FreezeAsync).WithSummary("Refuses all calls of the team's keys, everywhere within two seconds.");
        teams.MapPost("/{id}/unfreeze", UnfreezeAsync).WithSummary("Lets the team's keys call again.");
    }

    private static async Task<IResult> CreateAsync(CreateTeamBody body, IdentityClient identity, HttpContext http)
    {
        var team = await identity.CreateTeamAsync(
            new CreateTeamRequest
            {
                TeamId = Require.Text("team_id", body.TeamId),
                Name = Require.Text("name", body.Name),
                Owner = body.Owner ?? "",
                Email = body.Email ?? "",
                CostCentre = body.CostCentre ?? "",
                ExternalId = body.ExternalId ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(TeamBody.From(team), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<TeamsBody> ListAsync(string? search, int? page_size, string? page_token, IdentityClient identity, HttpContext http)
    {
        var answer = await identity.ListTeamsAsync(
            new ListTeamsRequest { Search = search ?? "", PageSize = page_size ?? 0, PageToken = page_token ?? "" }, Call.Options(http));
        return new TeamsBody([.. answer.Teams.Select(TeamBody.From)], answer.NextPageToken);
    }

    private static async Task<TeamBody> UpdateAsync(string id, UpdateTeamBody body, IdentityClient identity, HttpContext http)
    {
        var request = new UpdateTeamRequest { TeamId = id, IdempotencyKey = Call.IdempotencyKey(http) };
        body.Name.IfGiven(value => request.Name = value);
        body.Owner.IfGiven(value => request.Owner = value);
        body.Email.IfGiven(value => request.Email = value);
        body.CostCentre.IfGiven(value => request.CostCentre = value);
        body.ExternalId.IfGiven(value => request.ExternalId = value);
        return TeamBody.From(await identity.UpdateTeamAsync(request, Call.Options(http)));
    }

    private static async Task<TeamBody> FreezeAsync(string id, IdentityClient identity, HttpContext http) => TeamBody.From(
        await identity.FreezeTeamAsync(new FreezeTeamRequest { TeamId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static async Task<TeamBody> UnfreezeAsync(string id, IdentityClient identity, HttpContext http) => TeamBody.From(
        await identity.UnfreezeTeamAsync(new FreezeTeamRequest { TeamId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));
}

/// <param name="Owner">Who answers for it, for people.</param>
/// <param name="ExternalId">The team in another system.</param>
internal sealed record CreateTeamBody(
    [property: Required] string? TeamId = null, [property: Required] string? Name = null, string? Owner = null, string? Email = null, string? CostCentre = null, string? ExternalId = null);

internal sealed record UpdateTeamBody(
    string? Name = null, string? Owner = null, string? Email = null, string? CostCentre = null, string? ExternalId = null);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record TeamsBody(IReadOnlyList<TeamBody> Teams, string NextPageToken);

/// <param name="FrozenAt">Null while the team's keys may call.</param>
internal sealed record TeamBody(
    string TeamId, string Name, string Owner, string Email, string CostCentre, string ExternalId, DateTimeOffset? CreatedAt, DateTimeOffset? FrozenAt)
{
    public static TeamBody From(Team team) => new(
        team.TeamId, team.Name, team.Owner, team.Email, team.CostCentre, team.ExternalId, team.CreatedAt.ToMoment(), team.FrozenAt.ToMoment());
}
