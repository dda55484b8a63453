using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Grpc.Core;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Api.Prices;
using Platform.Api.Spend;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using LeasesClient = Platform.Contracts.Wallet.V1.Leases.LeasesClient;
using UsageClient = Platform.Contracts.Metering.V1.Usage.UsageClient;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api.Wallets;

/// <summary>
/// The operator's decisions on what was sent and whose usage is unknown. Settle: its usage is recorded from the provider's bill, and the record posts it like
/// any other, so that meter, ledger and export agree. Release: what is left goes back to available.
/// </summary>
internal static class SuspenseEndpoints
{
    // A lease that was released, or that settlements have used up, has nothing for a call that a later bill names; the bill is right all the same.
    private const string Unfunded =
        "What was billed for an attempt whose hold or lease has ended and that has no record is logged by POST /v1/spend/log with its attempt_id and funding external: the wallet's balance pays for it.";

    public static void MapSuspense(this WebApplication app)
    {
        var suspense = app.MapGroup("/v1/wallets/suspense").WithTags("wallets");
        suspense.MapPost("/{attempt_id}/settle", SettleAsync)
            .WithSummary("Records a suspended attempt's usage from the provider's bill (all zero when it was not billed); the rest of its hold returns.")
            .Produces<SpendResultBody>();
        suspense.MapPost("/{id}/release", ReleaseAsync)
            .WithSummary("Gives back all that is left of an attempt or a lease in suspense; usage that is recorded later is taken from available.")
            .Produces<ReleasedBody>();
    }

    private static async Task<IResult> SettleAsync(string attempt_id, SettleBody body, WalletClient wallet, LeasesClient leases, UsageClient usage, HttpContext http)
    {
        var tokens = new Tokens
        {
            Input = Require.Value("input_tokens", body.InputTokens),
            CachedInput = body.CachedInputTokens ?? 0,
            CacheWrite = body.CacheWriteTokens ?? 0,
            CacheWrite1H = body.CacheWriteHourTokens ?? 0,
            Output = Require.Value("output_tokens", body.OutputTokens),
            Reasoning = body.ReasoningTokens ?? 0,
        };
        if (body.LeaseId is null)
        {
            RequireNothingOfALease(body, "provider, model and occurred_at go with lease_id: an attempt in suspense has its own.");
        }

        var hold = await FindAsync(wallet, attempt_id, http);
        if (hold is not null)
        {
            RequireNothingOfALease(body, $"Attempt {attempt_id} is in suspense itself, and has its own lease, provider, model and time: leave lease_id, provider, model and occurred_at out.");
        }

        if (hold is null && await FindSettledAsync(usage, attempt_id, http) is { } settled)
        {
            return Results.Ok(Repeated(settled, tokens, body.ServiceTier));
        }

        var settlement = hold is not null ? SettledUsage.Of(hold)
            : body.LeaseId is { } leaseId ? EventOf(attempt_id, await FindLeaseAsync(leases, leaseId, http), body)
            : throw RpcErrors.NotFound(Reasons.HoldNotFound, $"Attempt {Validation.Shown(attempt_id)} is not in suspense. GET /v1/reconciliation/open-holds lists what is. {Unfunded}");
        if (!string.IsNullOrEmpty(body.ServiceTier))
        {
            // What the bill says of the tier goes before what was asked for, and so does the price.
            (settlement.ServiceTier, settlement.PriceId) = (body.ServiceTier, 0);
        }

        settlement.Tokens = tokens;
        settlement.Outcome = tokens is { Input: 0, CachedInput: 0, CacheWrite: 0, CacheWrite1H: 0, Output: 0, Reasoning: 0 } ? Outcome.Failed : Outcome.Interrupted;
        if (!string.IsNullOrEmpty(body.Description))
        {
            settlement.Tags["settlement"] = body.Description;
        }

        var answer = await usage.RecordAsync(new RecordRequest { Events = { settlement } }, Call.Options(http));
        var result = SpendResultBody.From(answer.Results[0]);
        if (result.Outcome == EnumText.Of(RecordOutcome.Duplicate) && await FindSettledAsync(usage, attempt_id, http) is { } before)
        {
            // Its record is there, and has not been posted to its hold yet.
            result = Repeated(before, tokens, body.ServiceTier);
        }

        return result.Outcome is "invalid" or "unknown_team" ? throw RpcErrors.InvalidArgument(result.Message) : Results.Ok(result);
    }

    /// <summary>The id is an attempt's or a lease's; both are UUIDs, so it is one of the two at most.</summary>
    private static async Task<ReleasedBody> ReleaseAsync(string id, ReleaseBody body, WalletClient wallet, HttpContext http)
    {
        var description = Require.Text("description", body.Description);
        try
        {
            var request = new ReleaseSuspenseRequest { AttemptId = id, Description = description };
            return ReleasedBody.From(id, await wallet.ReleaseSuspenseAsync(request, Call.Options(http)));
        }
        catch (RpcException exception) when (RpcErrors.ReasonOf(exception) == Reasons.HoldNotFound)
        {
            var request = new ReleaseSuspenseRequest { LeaseId = id, Description = description };
            return ReleasedBody.From(id, await wallet.ReleaseSuspenseAsync(request, Call.Options(http)));
        }
    }

    /// <summary>What says which call of a lease it was: taken for an attempt that is listed it would be looked at by nobody.</summary>
    internal static void RequireNothingOfALease(SettleBody body, string complaint)
    {
        if ((body.LeaseId ?? body.Provider ?? body.Model) is not null || body.OccurredAt is not null)
        {
            throw RpcErrors.InvalidArgument(complaint);
        }
    }

    private static async Task<Lease> FindLeaseAsync(LeasesClient leases, string leaseId, HttpContext http)
    {
        try
        {
            if (await leases.GetLeaseAsync(new GetLeaseRequest { LeaseId = leaseId }, Call.Options(http)) is { State: LeaseState.Suspended } lease)
            {
                return lease;
            }
        }
        catch (RpcException exception) when (RpcErrors.ReasonOf(exception) == Reasons.LeaseNotFound)
        {
            // Answered as one that is not in suspense.
        }

        throw RpcErrors.NotFound(Reasons.LeaseNotFound, $"Lease {Validation.Shown(leaseId)} is not in suspense. GET /v1/wallets/leases lists what is. {Unfunded}");
    }

    /// <summary>The attempt where it is in suspense; null otherwise. It is asked for by its id: an outage can leave thousands, and each of them is settled by a request of its own.</summary>
    private static async Task<OpenHold?> FindAsync(WalletClient wallet, string attemptId, HttpContext http)
    {
        using var stream = wallet.ListOpenHolds(new ListOpenHoldsRequest { AttemptId = attemptId }, Call.StreamOptions(http));
        while (await stream.ResponseStream.MoveNext(http.RequestAborted))
        {
            // A Wallet of before answers all of them.
            var hold = stream.ResponseStream.Current;
            if (hold.State == HoldState.Suspended && string.Equals(hold.AttemptId, attemptId, StringComparison.OrdinalIgnoreCase))
            {
                return hold;
            }
        }

        return null;
    }

    private static async Task<UsageRecord?> FindSettledAsync(UsageClient usage, string attemptId, HttpContext http)
    {
        var page = await usage.ListUsageAsync(new ListUsageRequest { AttemptId = attemptId, PageSize = 10 }, Call.Options(http));
        return page.Records.FirstOrDefault(candidate => candidate.Event.Source == UsageSources.Suspense);
    }

    /// <summary>
    /// A repeat of a settlement that took effect answers as one, though its hold has ended. With other figures it says so: whoever mends a slip would think that theirs stand.
    /// </summary>
    /// <param name="tier">That the bill names; null or empty where it names none.</param>
    internal static SpendResultBody Repeated(UsageRecord settled, Tokens told, string? tier)
    {
        var (before, tierBefore, cost) = (settled.Event.Tokens ?? new Tokens(), PriceBody.TierOf(settled.Event.ServiceTier), settled.Cost is { } known ? new Money(known.TotalNanos) : (Money?)null);
        var isSame = before.Equals(told) && (string.IsNullOrEmpty(tier) || tier == tierBefore);
        return new SpendResultBody(
            EnumText.Of(RecordOutcome.Duplicate), settled.RecordId, cost,
            isSame ? "" : $"The attempt was settled before with {Counts(before)} at tier {tierBefore}. Nothing changed: correct record {settled.RecordId} instead (kt usage correct).");
    }

    /// <summary>Input and output always, the other kinds where there are any.</summary>
    private static string Counts(Tokens tokens)
    {
        (string Name, long Count)[] kinds =
        [
            ("input", tokens.Input), ("cached input", tokens.CachedInput), ("cache write", tokens.CacheWrite), ("cache write of an hour", tokens.CacheWrite1H),
            ("output", tokens.Output), ("reasoning", tokens.Reasoning),
        ];
        return $"{string.Join(", ", kinds.Where(kind => kind.Count > 0 || kind.Name is "input" or "output").Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Count} {kind.Name}")))} tokens";
    }

    // Only the dead holder's journal knew the attempt, so the bill says what it was; at most what the lease still has can have been set aside for it. Whose it was the lease says where that is the same
    // for all that could draw from it: a wallet of one user or application, a platform that holds leases by its key. Budgets of theirs count it then, as their caps do.
    internal static UsageEvent EventOf(string attemptId, Lease lease, SettleBody body)
    {
        var model = Require.Text("model", body.Model);
        return new UsageEvent
        {
            Source = UsageSources.Suspense,
            EventId = attemptId,
            AttemptId = attemptId,
            Funding = Funding.Leased,
            LeaseId = lease.LeaseId,
            BoundNanos = lease.HeldNanos,
            OccurredAt = body.OccurredAt?.ToTimestampUtc() ?? lease.CreatedAt,
            TeamId = lease.TeamId,
            UserId = lease.WalletId == $"wal_{lease.TeamId}.user.{lease.UserId}" ? lease.UserId : "",
            ApplicationId = lease.WalletId == $"wal_{lease.TeamId}.app.{lease.ApplicationId}" ? lease.ApplicationId : "",
            KeyId = LeaseHolders.IsReserved(lease.Holder) ? lease.KeyId : "",
            Provider = Require.Text("provider", body.Provider),
            ModelAsked = model,
            ModelServed = model,
            AttemptNumber = 1,
            RouteReason = "settled from a lease in suspense",
        };
    }
}

/// <summary>What the provider's bill says of the attempt; all zero when it was not billed.</summary>
/// <param name="InputTokens">Without what a cache served, and without what was written to one.</param>
/// <param name="Description">Why: the bill's number, for example; at most 200 characters, kept as the record's tag "settlement".</param>
/// <param name="LeaseId">The lease in suspense that the attempt was drawn from, where the attempt itself is not listed; then provider and model are required.</param>
/// <param name="OccurredAt">When the attempt was sent, for one of a lease; absent: when the lease was made.</param>
/// <param name="CacheWriteTokens">Input written to a cache that lives for minutes.</param>
/// <param name="CacheWriteHourTokens">Input written to a cache that lives for an hour.</param>
/// <param name="ServiceTier">At which it was billed, as prices name it; absent: at the price that the attempt was sent at.</param>
internal sealed record SettleBody(
    [property: Required] long? InputTokens = null, long? CachedInputTokens = null, [property: Required] long? OutputTokens = null, long? ReasoningTokens = null, string? Description = null,
    string? LeaseId = null, string? Provider = null, string? Model = null, DateTimeOffset? OccurredAt = null, long? CacheWriteTokens = null,
    long? CacheWriteHourTokens = null, string? ServiceTier = null);

/// <param name="Description">Why; 1 to 500 characters, kept with the transfer.</param>
internal sealed record ReleaseBody([property: Required] string? Description = null);

/// <param name="Released">What this request gave back; zero when it was given back before.</param>
internal sealed record ReleasedBody(string Id, string WalletId, Money Released)
{
    public static ReleasedBody From(string id, ReleaseSuspenseResponse answer) => new(id, answer.WalletId, new(answer.ReleasedNanos));
}
