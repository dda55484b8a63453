using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using AlertsClient = Platform.Contracts.Metering.V1.Alerts.AlertsClient;

namespace Platform.Api.Alerts;

/// <summary>Where alerts are sent.</summary>
internal static class AlertChannelEndpoints
{
    private const long DefaultOverlapSeconds = 24 * 3600;

    public static void MapAlertChannels(this WebApplication app)
    {
        var channels = app.MapGroup("/v1/alert-channels").WithTags("alerts");
        channels.MapGet("", ListAsync).WithSummary("Channels by name; of a URL no more than scheme and host.");
        channels.MapPost("", CreateAsync).WithSummary("Makes a channel. The answer alone has a webhook's secret.").Produces<AlertChannelBody>(StatusCodes.Status201Created);
        channels.MapPatch("/{id}", UpdateAsync).WithSummary("Changes the fields that are given; an empty list takes all.");
        channels.MapPost("/{id}/rotate", RotateAsync).WithSummary("Gives a webhook a new secret; the one before signs too until the overlap ends.");
        channels.MapDelete("/{id}", RemoveAsync).WithSummary("Removes a channel; what waits for it is given up.");
    }

    private static async Task<AlertChannelsBody> ListAsync(AlertsClient alerts, HttpContext http)
    {
        var answer = await alerts.ListChannelsAsync(new ListChannelsRequest(), Call.Options(http));
        return new AlertChannelsBody([.. answer.Channels.Select(channel => AlertChannelBody.From(channel))]);
    }

    private static async Task<IResult> CreateAsync(CreateAlertChannelBody body, AlertsClient alerts, HttpContext http)
    {
        var type = Require.Text("type", body.Type);
        var answer = await alerts.CreateChannelAsync(
            new CreateChannelRequest
            {
                Name = Require.Text("name", body.Name),
                Type = EnumText.TryParse<ChannelType>(type, out var known)
                    ? known : throw RpcErrors.InvalidArgument($"There is no type '{type}'. Types: {EnumText.Names<ChannelType>()}."),
                Target = body.Target ?? "",
                Kinds = { Kinds(body.Kinds) },
                TeamIds = { body.TeamIds ?? [] },
                MinimumSeverity = AlertWords.Severity(body.MinimumSeverity),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(AlertChannelBody.From(answer.Channel, answer.Secret), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<AlertChannelBody> UpdateAsync(string id, UpdateAlertChannelBody body, AlertsClient alerts, HttpContext http)
    {
        var request = new UpdateChannelRequest
        {
            ChannelId = id,
            Kinds = body.Kinds is null ? null : new AlertKinds { Kinds = { Kinds(body.Kinds) } },
            Teams = body.TeamIds is null ? null : new AlertTeams { TeamIds = { body.TeamIds } },
            MinimumSeverity = AlertWords.Severity(body.MinimumSeverity),
            IdempotencyKey = Call.IdempotencyKey(http),
        };
        body.Name.IfGiven(value => request.Name = value);
        if (body.Enabled is { } enabled)
        {
            request.Enabled = enabled;
        }

        return AlertChannelBody.From(await alerts.UpdateChannelAsync(request, Call.Options(http)));
    }

    private static async Task<AlertChannelBody> RotateAsync(string id, RotateAlertChannelBody body, AlertsClient alerts, HttpContext http)
    {
        var answer = await alerts.RotateChannelSecretAsync(
            new RotateChannelSecretRequest
            {
                ChannelId = id, OverlapSeconds = body.OverlapSeconds ?? DefaultOverlapSeconds, IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return AlertChannelBody.From(answer.Channel, answer.Secret);
    }

    private static async Task<AlertChannelBody> RemoveAsync(string id, AlertsClient alerts, HttpContext http) => AlertChannelBody.From(
        await alerts.RemoveChannelAsync(new RemoveChannelRequest { ChannelId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static IEnumerable<AlertKind> Kinds(IReadOnlyList<string>? kinds) => (kinds ?? []).Select(AlertWords.Kind);
}

/// <param name="Type">webhook, slack or email.</param>
/// <param name="Target">A URL; for email an address, or absent for the owner of the alert's team.</param>
/// <param name="Kinds">Absent or empty: all.</param>
/// <param name="TeamIds">Absent or empty: all.</param>
/// <param name="MinimumSeverity">info (when absent), warning or critical.</param>
internal sealed record CreateAlertChannelBody(
    [property: Required] string? Name = null, [property: Required] string? Type = null, string? Target = null, IReadOnlyList<string>? Kinds = null, IReadOnlyList<string>? TeamIds = null,
    string? MinimumSeverity = null);

internal sealed record UpdateAlertChannelBody(
    string? Name = null, IReadOnlyList<string>? Kinds = null, IReadOnlyList<string>? TeamIds = null, string? MinimumSeverity = null, bool? Enabled = null);

/// <param name="OverlapSeconds">How long the secret before signs too: 0 to 2,592,000; a day when absent.</param>
internal sealed record RotateAlertChannelBody(long? OverlapSeconds = null);

internal sealed record AlertChannelsBody(IReadOnlyList<AlertChannelBody> Channels);

/// <param name="Target">An address; of a URL no more than scheme and host. Empty: the owner of the alert's team.</param>
/// <param name="Problem">Why it is disabled or cannot work; empty when all is well.</param>
/// <param name="Secret">In the answer that makes or rotates it only; null elsewhere.</param>
internal sealed record AlertChannelBody(
    string ChannelId, string Name, string Type, string Target, IReadOnlyList<string> Kinds, IReadOnlyList<string> TeamIds, string MinimumSeverity, bool Enabled,
    string Problem, DateTimeOffset? PreviousSecretUntil, DateTimeOffset? CreatedAt, DateTimeOffset? ChangedAt, string ChangedBy, string? Secret)
{
    public static AlertChannelBody From(AlertChannel channel, string secret = "") => new(
        channel.ChannelId, channel.Name, EnumText.Of(channel.Type), channel.Target, [.. channel.Kinds.Select(EnumText.Of)], [.. channel.TeamIds],
        EnumText.Of(channel.MinimumSeverity), channel.Enabled, channel.Problem, channel.PreviousSecretUntil.ToMoment(), channel.CreatedAt.ToMoment(),
        channel.ChangedAt.ToMoment(), channel.ChangedBy, secret.Length == 0 ? null : secret);
}
