using System.Text.Json;
using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using AuditLogClient = Platform.Contracts.Identity.V1.AuditLog.AuditLogClient;

namespace Platform.Api.Identity;

internal static class AuditEndpoints
{
    public static void MapAudit(this WebApplication app)
    {
        var audit = app.MapGroup("/v1/audit").WithTags("audit");
        audit.MapGet("", ListAsync).WithSummary("Who changed what, newest first, paged.");
        audit.MapGet("/verify", VerifyAsync).WithSummary("Checks that the log was not tampered with.");
    }

    private static async Task<AuditBody> ListAsync(
        string? subject, string? actor, string? action, string? from, string? to, int? page_size, string? page_token, AuditLogClient audit, HttpContext http)
    {
        var range = TimeRange.Bounds(from, to, null);
        var answer = await audit.ListAsync(
            new ListAuditRequest
            {
                Subject = subject ?? "",
                Actor = actor ?? "",
                Action = action ?? "",
                From = range.From.ToTimestampUtc(),
                To = range.To.ToTimestampUtc(),
                PageSize = page_size ?? 0,
                PageToken = page_token ?? "",
            },
            Call.Options(http));
        return new AuditBody([.. answer.Records.Select(AuditRecordBody.From)], answer.NextPageToken);
    }

    private static async Task<AuditVerifyBody> VerifyAsync(AuditLogClient audit, HttpContext http)
    {
        var answer = await audit.VerifyAsync(new VerifyAuditRequest(), Call.Options(http, TimeSpan.FromMinutes(5)));
        return new AuditVerifyBody(
            answer.Consistent, answer.Entries, Convert.ToHexStringLower(answer.HeadSha256.Span), answer.FirstBadAuditId == 0 ? null : answer.FirstBadAuditId,
            answer.Finding);
    }
}

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record AuditBody(IReadOnlyList<AuditRecordBody> Records, string NextPageToken);

/// <param name="Actor">Key id of who did it; "bootstrap" for the first start.</param>
/// <param name="Before">The thing before, without secrets; null where there was none.</param>
/// <param name="After">The thing after; null where there is none.</param>
/// <param name="Sha256">Over the hash of the entry before and this entry's content, in hexadecimal.</param>
internal sealed record AuditRecordBody(
    long AuditId, DateTimeOffset? RecordedAt, string Actor, string Action, string Subject, JsonElement? Before, JsonElement? After, string Sha256)
{
    public static AuditRecordBody From(AuditRecord record) => new(
        record.AuditId, record.RecordedAt.ToMoment(), record.Actor, record.Action, record.Subject, Parse(record.BeforeJson), Parse(record.AfterJson),
        Convert.ToHexStringLower(record.Sha256.Span));

    private static JsonElement? Parse(string json) => json.Length == 0 ? null : JsonElement.Parse(json);
}

/// <param name="HeadSha256">The newest entry's hash: kept elsewhere, it shows later whether the log up to it was rewritten.</param>
/// <param name="FirstBadAuditId">The first entry that does not follow from the one before; null when all do.</param>
/// <param name="Finding">What is wrong; empty when nothing is.</param>
internal sealed record AuditVerifyBody(bool Consistent, long Entries, string HeadSha256, long? FirstBadAuditId, string Finding);
