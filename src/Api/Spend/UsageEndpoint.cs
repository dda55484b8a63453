using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Platform.Api.Errors;
using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;
using UsageClient = Platform.Contracts.Metering.V1.Usage.UsageClient;

namespace Platform.Api.Spend;

/// <summary>Single records: paged newest first, one with all that is known of it, and as they are recorded.</summary>
internal static class UsageEndpoint
{
    /// <summary>The first page of a span may pass over much that moves no money, such as an import of history.</summary>
    private static readonly TimeSpan RepublishLimit = TimeSpan.FromMinutes(10);

    public static void MapUsage(this WebApplication app)
    {
        var usage = app.MapGroup("/v1/usage").WithTags("spend");
        usage.MapGet("", ListAsync).WithSummary("Usage records, newest first, paged.");
        usage.MapGet("/tail", TailAsync).WithSummary("Usage records as they are recorded, one JSON object a line, until the client goes away.").Produces<UsageRecordBody>(contentType: Ndjson.MediaType);
        usage.MapPost("/republish", RepublishAsync).WithSummary("Tells Wallet once more of what was recorded in a span, at most 5,000 records a request: for a ledger that was set back.");
        usage.MapGet("/{id}", GetAsync).WithSummary("One record by its id, its attempt's or its call's: with its price, corrections and the call's attempts.");
    }

    private static async Task<UsagePageBody> ListAsync(
        [AsParameters] SpendFilterQuery filter, [FromQuery] string[]? mark, [FromQuery] string[]? tag, string? from, string? to, string? time_zone,
        string? attempt_id, int? page_size, string? page_token, UsageClient usage, HttpContext http)
    {
        var zone = TimeRange.Zone(time_zone);
        var request = new ListUsageRequest
        {
            From = TimeRange.Moment("from", from, zone).ToTimestampUtc(),
            To = TimeRange.Moment("to", to, zone).ToTimestampUtc(),
            AttemptId = attempt_id ?? "",
            PageSize = page_size ?? 0,
            PageToken = page_token ?? "",
        };
        request.Filters.Add(filter.Read(mark));
        request.Tags.Add(SpendFilterQuery.Tags(tag));
        var answer = await usage.ListUsageAsync(request, Call.Options(http));
        return new UsagePageBody([.. answer.Records.Select(UsageRecordBody.From)], answer.NextPageToken);
    }

    private static async Task<UsageDetailBody> GetAsync(string id, UsageClient usage, HttpContext http) =>
        UsageDetailBody.From(await usage.GetUsageAsync(new GetUsageRequest { Id = id }, Call.Options(http)));

    private static async Task<RepublishedBody> RepublishAsync(RepublishBody body, UsageClient usage, HttpContext http)
    {
        var request = new RepublishRequest
        {
            RecordedFrom = TimeRange.Moment("recorded_from", Require.Text("recorded_from", body.RecordedFrom), TimeZoneInfo.Utc).ToTimestampUtc(),
            RecordedBefore = TimeRange.Moment("recorded_before", body.RecordedBefore, TimeZoneInfo.Utc).ToTimestampUtc(),
            PageToken = body.PageToken ?? "",
            KeptOnly = body.KeptOnly ?? false,
        };
        var answer = await usage.RepublishAsync(request, Call.Options(http, RepublishLimit));
        return new RepublishedBody(answer.Records, answer.NextPageToken);
    }

    // The first message comes without a record, once the intakes in flight have ended, so that a refusal is still a problem with its status; such messages are blank lines.
    private static async Task TailAsync(
        [AsParameters] SpendFilterQuery filter, [FromQuery] string[]? mark, [FromQuery] string[]? tag, int? last, UsageClient usage, IOptions<JsonOptions> json,
        HttpContext http)
    {
        var request = new TailUsageRequest { Last = last ?? 0 };
        request.Filters.Add(filter.Read(mark));
        request.Tags.Add(SpendFilterQuery.Tags(tag));
        using var call = usage.TailUsage(request, Call.StreamOptions(http));
        var more = await call.ResponseStream.MoveNext(http.RequestAborted);
        http.Response.ContentType = Ndjson.MediaType;
        try
        {
            for (; more; more = await call.ResponseStream.MoveNext(http.RequestAborted))
            {
                await WriteLineAsync(http, Line(call.ResponseStream.Current, json.Value.SerializerOptions));
            }
        }
        catch (RpcException exception) when (!http.RequestAborted.IsCancellationRequested)
        {
            // Lines stand for themselves here, so the end needs no cut: the last one says why, as a key that was revoked meanwhile.
            await WriteLineAsync(http, JsonSerializer.SerializeToUtf8Bytes(new TailEndBody(Problem.From(exception)), json.Value.SerializerOptions));
        }
    }

    private static byte[] Line(TailUsageResponse item, JsonSerializerOptions json) => item.ItemCase switch
    {
        TailUsageResponse.ItemOneofCase.Record => JsonSerializer.SerializeToUtf8Bytes(UsageRecordBody.From(item.Record), json),
        TailUsageResponse.ItemOneofCase.LeftOut => """{"left_out":true}"""u8.ToArray(),
        TailUsageResponse.ItemOneofCase.None => [],
    };

    private static async Task WriteLineAsync(HttpContext http, byte[] line) =>
        await http.Response.BodyWriter.WriteAsync((byte[])[.. line, (byte)'\n'], http.RequestAborted);
}

internal sealed record RepublishBody(
    [property: Required] string? RecordedFrom = null, string? RecordedBefore = null, string? PageToken = null, bool? KeptOnly = null);

/// <param name="Records">Those of this request.</param>
/// <param name="NextPageToken">Empty at the end of the span.</param>
internal sealed record RepublishedBody(long Records, string NextPageToken);

/// <param name="Ended">What a request would be answered now.</param>
internal sealed record TailEndBody(Problem Ended);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record UsagePageBody(IReadOnlyList<UsageRecordBody> Records, string NextPageToken);
