using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using AlertsClient = Platform.Contracts.Metering.V1.Alerts.AlertsClient;

namespace Platform.Api.Alerts;

/// <summary>What people must hear of, and what became of it.</summary>
internal static class AlertEndpoints
{
    public static void MapAlerts(this WebApplication app)
    {
        var alerts = app.MapGroup("/v1/alerts").WithTags("alerts");
        alerts.MapGet("", ListAsync).WithSummary("Open alerts (all=true: acknowledged ones too), newest first, each with its deliveries.");
        alerts.MapGet("/{id}", GetAsync).WithSummary("One alert with its deliveries.");
        alerts.MapPost("/{id}/acknowledge", AcknowledgeAsync).WithSummary("Says that somebody takes care of it; the first one counts.");
        alerts.MapPost("/test", TestAsync).WithSummary("Sends an alert of kind test to one channel.").Produces<AlertBody>(StatusCodes.Status201Created);
        alerts.MapGet("/dead", ListDeadAsync).WithSummary("Deliveries that were given up, newest first.");
        alerts.MapPost("/dead/{id}/replay", ReplayAsync).WithSummary("Sends a delivery that was given up again, under the same id.");
    }

    private static async Task<AlertsBody> ListAsync(
        string? kind, string? team_id, string? minimum_severity, bool? all, int? page_size, string? page_token, AlertsClient alerts, HttpContext http)
    {
        var answer = await alerts.ListAlertsAsync(
            new ListAlertsRequest
            {
                Kind = AlertWords.Kind(kind),
                TeamId = team_id ?? "",
                MinimumSeverity = AlertWords.Severity(minimum_severity),
                All = all ?? false,
                PageSize = page_size ?? 0,
                PageToken = page_token ?? "",
            },
            Call.Options(http));
        return new AlertsBody([.. answer.Alerts.Select(AlertBody.From)], answer.NextPageToken);
    }

    private static async Task<AlertBody> GetAsync(string id, AlertsClient alerts, HttpContext http) =>
        AlertBody.From(await alerts.GetAlertAsync(new GetAlertRequest { AlertId = id }, Call.Options(http)));

    private static async Task<AlertBody> AcknowledgeAsync(string id, AcknowledgeAlertBody body, AlertsClient alerts, HttpContext http) => AlertBody.From(
        await alerts.AcknowledgeAlertAsync(
            new AcknowledgeAlertRequest { AlertId = id, Note = body.Note ?? "", IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static async Task<IResult> TestAsync(TestChannelBody body, AlertsClient alerts, HttpContext http)
    {
        var alert = await alerts.TestChannelAsync(
            new TestChannelRequest
            {
                ChannelId = Require.Text("channel_id", body.ChannelId), TeamId = Require.Filled("team_id", body.TeamId), IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(AlertBody.From(alert), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<DeadDeliveriesBody> ListDeadAsync(int? page_size, string? page_token, AlertsClient alerts, HttpContext http)
    {
        var answer = await alerts.ListDeadDeliveriesAsync(
            new ListDeadDeliveriesRequest { PageSize = page_size ?? 0, PageToken = page_token ?? "" }, Call.Options(http));
        return new DeadDeliveriesBody([.. answer.Deliveries.Select(AlertDeliveryBody.From)], answer.NextPageToken);
    }

    private static async Task<AlertDeliveryBody> ReplayAsync(string id, AlertsClient alerts, HttpContext http) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var deliveryId)
            ? AlertDeliveryBody.From(await alerts.ReplayDeliveryAsync(
                new ReplayDeliveryRequest { DeliveryId = deliveryId, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)))
            : throw RpcErrors.NotFound(Reasons.DeliveryNotFound, $"There is no delivery '{id}'. GET /v1/alerts/dead lists those that were given up.");
}

/// <summary>Kinds and severities as REST writes them.</summary>
internal static class AlertWords
{
    public static AlertKind Kind(string? text) =>
        string.IsNullOrEmpty(text) ? AlertKind.Unspecified
        : EnumText.TryParse<AlertKind>(text, out var kind) ? kind
        : throw RpcErrors.InvalidArgument($"There is no kind '{text}'. Kinds: {EnumText.Names<AlertKind>()}.");

    public static AlertSeverity Severity(string? text) =>
        string.IsNullOrEmpty(text) ? AlertSeverity.Unspecified
        : EnumText.TryParse<AlertSeverity>(text, out var severity) ? severity
        : throw RpcErrors.InvalidArgument($"There is no severity '{text}'. Severities: {EnumText.Names<AlertSeverity>()}.");
}

/// <param name="Note">For the record; at most 500 characters.</param>
internal sealed record AcknowledgeAlertBody(string? Note = null);

/// <param name="TeamId">The team that the alert names; needed where mail goes to teams' owners.</param>
internal sealed record TestChannelBody([property: Required] string? ChannelId = null, string? TeamId = null);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record AlertsBody(IReadOnlyList<AlertBody> Alerts, string NextPageToken);

internal sealed record DeadDeliveriesBody(IReadOnlyList<AlertDeliveryBody> Deliveries, string NextPageToken);
