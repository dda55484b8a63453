using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using UsageClient = Platform.Contracts.Metering.V1.Usage.UsageClient;

namespace Platform.Api.Spend;

/// <summary><c>GET /v1/usage</c>: single records, newest first, paged.</summary>
internal static class UsageEndpoint
{
    public static void MapUsage(this WebApplication app) =>
        app.MapGet("/v1/usage", ListAsync).WithTags("spend").WithSummary("Usage records, newest first, paged.");

    private static async Task<UsagePageBody> ListAsync(
        string? team_id, string? from, string? to, string? attempt_id, int? page_size, string? page_token, UsageClient usage, HttpContext http)
    {
        var answer = await usage.ListUsageAsync(
            new ListUsageRequest
            {
                TeamId = team_id ?? "",
                From = TimeRange.Moment("from", from).ToTimestampUtc(),
                To = TimeRange.Moment("to", to).ToTimestampUtc(),
                AttemptId = attempt_id ?? "",
                PageSize = page_size ?? 0,
                PageToken = page_token ?? "",
            },
            Call.Options(http));
        return new UsagePageBody([.. answer.Records.Select(UsageRecordBody.From)], answer.NextPageToken);
    }
}

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record UsagePageBody(IReadOnlyList<UsageRecordBody> Records, string NextPageToken);
