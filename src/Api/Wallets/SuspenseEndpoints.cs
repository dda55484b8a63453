using Grpc.Core;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Api.Spend;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using UsageClient = Platform.Contracts.Metering.V1.Usage.UsageClient;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api.Wallets;

/// <summary>
/// The operator's decision on an attempt that was sent and whose usage is unknown: its usage is recorded from the provider's bill, and the record posts it
/// like any other, so that meter, ledger and export agree.
/// </summary>
internal static class SuspenseEndpoints
{
    private const string Source = "suspense";

    public static void MapSuspense(this WebApplication app) =>
        app.MapPost("/v1/wallets/suspense/{attempt_id}/settle", SettleAsync)
            .WithTags("wallets")
            .WithSummary("Records a suspended attempt's usage from the provider's bill (all zero when it was not billed); the rest of its hold returns.")
            .Produces<SpendResultBody>();

    private static async Task<IResult> SettleAsync(
        string attempt_id, SettleBody body, WalletClient wallet, UsageClient usage, TimeProvider time, HttpContext http)
    {
        var tokens = new Tokens
        {
            Input = Require.Value("input_tokens", body.InputTokens),
            CachedInput = body.CachedInputTokens ?? 0,
            Output = Require.Value("output_tokens", body.OutputTokens),
            Reasoning = body.ReasoningTokens ?? 0,
        };
        var hold = await FindAsync(wallet, attempt_id, time.GetUtcNow(), http);
        if (hold is null)
        {
            return await SettledBeforeAsync(usage, attempt_id, http);
        }

        var answer = await usage.RecordAsync(new RecordRequest { Events = { EventOf(hold, tokens, body.Description) } }, Call.Options(http));
        var result = SpendResultBody.From(answer.Results[0]);
        return result.Outcome is "invalid" or "unknown_team" ? throw RpcErrors.InvalidArgument(result.Message) : Results.Ok(result);
    }

    private static async Task<OpenHold?> FindAsync(WalletClient wallet, string attemptId, DateTimeOffset now, HttpContext http)
    {
        using var stream = wallet.ListOpenHolds(new ListOpenHoldsRequest { OccurredBefore = now.ToTimestampUtc() }, Call.StreamOptions(http));
        while (await stream.ResponseStream.MoveNext(http.RequestAborted))
        {
            var hold = stream.ResponseStream.Current;
            if (hold.State == HoldState.Suspended && string.Equals(hold.AttemptId, attemptId, StringComparison.OrdinalIgnoreCase))
            {
                return hold;
            }
        }

        return null;
    }

    // A repeat of a settlement that took effect answers as one, though its hold has ended.
    private static async Task<IResult> SettledBeforeAsync(UsageClient usage, string attemptId, HttpContext http)
    {
        var page = await usage.ListUsageAsync(new ListUsageRequest { AttemptId = attemptId, PageSize = 10 }, Call.Options(http));
        var record = page.Records.FirstOrDefault(candidate => candidate.Event.Source == Source);
        return record is null
            ? throw RpcErrors.NotFound(Reasons.HoldNotFound, $"Attempt {attemptId} is not in suspense. GET /v1/reconciliation/open-holds lists what is.")
            : Results.Ok(new SpendResultBody(
                EnumText.Of(RecordOutcome.Duplicate), record.RecordId, record.Cost is { } cost ? new Money(cost.TotalNanos) : null, ""));
    }

    private static UsageEvent EventOf(OpenHold hold, Tokens tokens, string? description)
    {
        var context = hold.Context ?? new AttemptContext();
        var usage = new UsageEvent
        {
            Source = Source,
            EventId = hold.AttemptId,
            AttemptId = hold.AttemptId,
            Funding = Funding.Leased,
            OccurredAt = hold.OccurredAt,
            TeamId = hold.TeamId,
            KeyId = context.KeyId,
            Workload = context.Workload,
            Lane = context.Lane,
            Provider = context.Provider,
            ModelAsked = context.Model,
            ModelServed = context.Model,
            Tokens = tokens,
            PriceId = context.PriceId,
            Outcome = tokens is { Input: 0, CachedInput: 0, Output: 0, Reasoning: 0 } ? Outcome.Failed : Outcome.Interrupted,
            AttemptNumber = 1,
            RouteReason = "settled from suspense",
        };
        if (!string.IsNullOrEmpty(description))
        {
            usage.Tags.Add("settlement", description);
        }

        return usage;
    }
}

/// <summary>What the provider's bill says of the attempt; all zero when it was not billed.</summary>
/// <param name="InputTokens">Without what a cache served.</param>
/// <param name="Description">Why: the bill's number, for example; at most 200 characters, kept as the record's tag "settlement".</param>
internal sealed record SettleBody(
    long? InputTokens = null, long? CachedInputTokens = null, long? OutputTokens = null, long? ReasoningTokens = null, string? Description = null);
