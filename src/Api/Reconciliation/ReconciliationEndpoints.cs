using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Api.Spend;
using Platform.Api.Wallets;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using UsageClient = Platform.Contracts.Metering.V1.Usage.UsageClient;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api.Reconciliation;

/// <summary>The legs of the four-way check as NDJSON, each from its primary source, rows by attempt_id.</summary>
internal static class ReconciliationEndpoints
{
    public static void MapReconciliation(this WebApplication app)
    {
        var legs = app.MapGroup("/v1/reconciliation").WithTags("reconciliation");
        legs.MapGet("/usage", UsageAsync).WithSummary("Usage records of a window at a watermark, one JSON object a line.").Produces<UsageRecordBody>(contentType: Ndjson.MediaType);
        legs.MapGet("/postings", PostingsAsync).WithSummary("What the ledger posted as spent, one JSON object a line.").Produces<PostingBody>(contentType: Ndjson.MediaType);
        legs.MapGet("/open-holds", OpenHoldsAsync).WithSummary("Holds without an end that began before `to`, one JSON object a line.").Produces<OpenHoldBody>(contentType: Ndjson.MediaType);
    }

    private static async Task UsageAsync(
        string? from, string? to, string? recorded_until, UsageClient usage, IOptions<JsonOptions> json, HttpContext http)
    {
        var range = TimeRange.Bounds(from, to, null);
        using var stream = usage.StreamUsage(
            new StreamUsageRequest
            {
                OccurredFrom = range.From.ToTimestampUtc(),
                OccurredBefore = range.To.ToTimestampUtc(),
                RecordedUntil = TimeRange.Moment("recorded_until", recorded_until).ToTimestampUtc(),
            },
            Call.StreamOptions(http));
        await Ndjson.WriteAsync(http, stream.ResponseStream, UsageRecordBody.From, Lines(json));
    }

    private static async Task PostingsAsync(string? from, string? to, WalletClient wallet, IOptions<JsonOptions> json, HttpContext http)
    {
        var range = TimeRange.Bounds(from, to, null);
        using var stream = wallet.ListPostings(
            new ListPostingsRequest { OccurredFrom = range.From.ToTimestampUtc(), OccurredBefore = range.To.ToTimestampUtc() }, Call.StreamOptions(http));
        await Ndjson.WriteAsync(http, stream.ResponseStream, PostingBody.From, Lines(json));
    }

    private static async Task OpenHoldsAsync(string? to, WalletClient wallet, IOptions<JsonOptions> json, HttpContext http)
    {
        using var stream = wallet.ListOpenHolds(new ListOpenHoldsRequest { OccurredBefore = TimeRange.Moment("to", to).ToTimestampUtc() }, Call.StreamOptions(http));
        await Ndjson.WriteAsync(http, stream.ResponseStream, OpenHoldBody.From, Lines(json));
    }

    private static JsonSerializerOptions Lines(IOptions<JsonOptions> json) => json.Value.SerializerOptions;
}

/// <param name="Funding">leased or external.</param>
/// <param name="Cost">Overage included; negative for a refund by correction.</param>
internal sealed record PostingBody(
    string PostingId, string AttemptId, string WalletId, string TeamId, string Model, string Funding, Money Cost, Money Overage,
    DateTimeOffset? OccurredAt, DateTimeOffset? RecordedAt)
{
    public static PostingBody From(Posting posting) => new(
        posting.PostingId, posting.AttemptId, posting.WalletId, posting.TeamId, posting.Model, posting.Funding, new(posting.CostNanos),
        new(posting.OverageNanos), posting.OccurredAt.ToMoment(), posting.RecordedAt.ToMoment());
}

/// <param name="State">pending, sent, reported or suspended.</param>
/// <param name="Reserved">What is still set aside.</param>
/// <param name="Reason">Why it is in suspense; empty otherwise.</param>
/// <param name="Mark">As its usage will have it: overflow, observed or empty.</param>
/// <param name="Provider">Whose model it is; empty where whoever made the hold did not say.</param>
/// <param name="UpstreamKey">The last characters of the provider key, by which the provider's bill names it; empty where whoever made the hold did not say.</param>
/// <param name="Tags">As its usage will have them.</param>
internal sealed record OpenHoldBody(
    string AttemptId, string WalletId, string TeamId, string State, Money Reserved, string Reason, DateTimeOffset? OccurredAt, string Model, string Mark, string Provider,
    string UpstreamKey, IReadOnlyDictionary<string, string> Tags)
{
    public static OpenHoldBody From(OpenHold hold) => new(
        hold.AttemptId, hold.WalletId, hold.TeamId, EnumText.Of(hold.State), new(hold.HeldNanos), hold.Reason, hold.OccurredAt.ToMoment(),
        hold.Context?.Model ?? "", EnumText.Of(SettledUsage.MarkOf(hold)), hold.Context?.Provider ?? "", hold.Context?.UpstreamKey ?? "",
        hold.Context is { } context ? context.Tags : new Dictionary<string, string>());
}
