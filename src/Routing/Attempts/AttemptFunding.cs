using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Holds;
using Platform.Routing.Leases;
using Platform.Routing.Scheduled;
using Platform.ServiceDefaults.Faults;

namespace Platform.Routing.Attempts;

/// <summary>
/// Finds the money for an attempt's bound: in a lease, in memory; or else in a hold of its own, which Wallet sets aside from what no lease has, calling leases
/// back if it must. So every refusal is Wallet's, and made with all the money in sight.
/// </summary>
internal sealed partial class AttemptFunding(
    LeasePool leases, Wallet.WalletClient wallet, AttemptRecords records, IOptions<GatewayOptions> options, TimeProvider time, ILogger<AttemptFunding> log)
{
    /// <summary>
    /// Null when the attempt is funded at <see cref="Attempt.Bound"/>; else the refusal, with the attempt ended. A caller who named no output cap
    /// gets, once, the highest cap that the wallet still affords: Wallet publishes the refusal of the last that was asked, which is then the demand that was denied.
    /// </summary>
    /// <param name="cancellationToken">The caller's connection: nothing was sent, so a call whose caller is gone need not wait for funds.</param>
    /// <exception cref="Journal.JournalUnwritableException">The intent could not be recorded; nothing was asked of Wallet.</exception>
    public async Task<ApiError?> FundAsync(Attempt attempt, bool capIsOurs, CancellationToken cancellationToken)
    {
        attempt.Lease = await leases.DrawAsync(attempt.Subject, attempt.Bound.Nanos, cancellationToken);
        if (attempt.Lease is not null)
        {
            attempt.WalletRemainingNanos = attempt.Lease.Standing is var standing && standing != WalletStanding.Unknown ? standing.BalanceNanos : null;
            CrashPoint.Reach(CrashPoints.AttemptAfterDraw);
            return null;
        }

        return await HoldAsync(attempt, capIsOurs, cancellationToken);
    }

    private async Task<ApiError?> HoldAsync(Attempt attempt, bool capIsOurs, CancellationToken cancellationToken)
    {
        for (var lowerFollows = capIsOurs; ; lowerFollows = false)
        {
            records.Intend(attempt);
            CrashPoint.Reach(CrashPoints.AttemptAfterIntent);
            CreateHoldResponse answer;
            try
            {
                answer = await wallet.CreateHoldAsync(
                    ToRequest(attempt, lowerFollows),
                    deadline: time.GetUtcNow().UtcDateTime.AddSeconds(options.Value.HoldSeconds), cancellationToken: cancellationToken);
            }
            catch (RpcException exception)
            {
                // The hold may stand all the same, so it is released by its id.
                LogNoAnswer(attempt.AttemptId, exception.StatusCode, exception.Status.Detail);
                records.Unsent(attempt, cancellationToken.IsCancellationRequested ? "caller went away" : "wallet did not answer");
                return ApiError.WalletUnavailable;
            }

            CrashPoint.Reach(CrashPoints.AttemptAfterHold);
            if (answer.Outcome is HoldOutcome.Held or HoldOutcome.Exists)
            {
                attempt.WalletRemainingNanos = answer.AvailableNanos;
                attempt.Mark = answer.Overflow ? Mark.Overflow : answer.Observed ? Mark.Observed : Mark.Unspecified;
                return null;
            }

            if (lowerFollows && answer.Outcome is HoldOutcome.InsufficientFunds or HoldOutcome.CapReached)
            {
                // Wallet remembers a refused id, so what follows asks under an id of its own: for less, or, where nothing less is of use, for the refusal that counts.
                records.Refused(attempt);
                attempt.AttemptId = Guid.CreateVersion7(time.GetUtcNow());
                var floor = attempt.Call.Request.ThinkingAt(attempt.Target) + options.Value.MinOutputTokens;
                attempt.Bound = attempt.Bound.Within(attempt.Prices, attempt.Target, answer.AvailableNanos, floor) ?? attempt.Bound;
                continue;
            }

            return Refuse(attempt, answer);
        }
    }

    private ApiError Refuse(Attempt attempt, CreateHoldResponse answer)
    {
        switch (answer.Outcome)
        {
            case HoldOutcome.InsufficientFunds:
                records.Refused(attempt);
                return ApiError.WalletExhausted(attempt.Call.Caller.TeamId, answer.WalletId);
            case HoldOutcome.Frozen:
                records.Refused(attempt);
                return ApiError.WalletFrozen(attempt.Call.Caller.TeamId, answer.WalletId);
            case HoldOutcome.CapReached:
                records.Refused(attempt);
                return ApiError.CapReached(answer, attempt.Price.Currency);
            case HoldOutcome.TeamNotFound:
                records.Refused(attempt);
                return new ApiError(403, "permission_error", Reasons.TeamNotFound, $"The key's team '{attempt.Call.Caller.TeamId}' has no wallet.");
            case HoldOutcome.CurrencyMismatch:
                records.Refused(attempt);
                return new ApiError(
                    400, "invalid_request_error", Reasons.CurrencyMismatch, $"The model's price is in {attempt.Price.Currency}, the wallet is not.", "model");
            default:
                // The id is new, so a hold that stands differently or has ended is not of this attempt's making.
                LogUnexpected(attempt.AttemptId, answer.Outcome);
                records.Unsent(attempt, $"wallet answered {answer.Outcome}");
                return ApiError.WalletUnavailable;
        }
    }

    private static CreateHoldRequest ToRequest(Attempt attempt, bool lowerFollows)
    {
        var context = HoldContext.Of(attempt.ToEvent(replica: ""));

        // What it will probably be, not what it is bounded by: a refusal is classed by it as the call's usage would have been.
        context.EstimatedInputTokens = CallEstimate.InputTokens(attempt.Call.Request);
        context.MaxOutputTokens = attempt.Bound.OutputCap * attempt.Bound.Choices;

        // Work that waits asks again whether there are funds, or whether a freeze is over: that is no new demand, and nobody waits for it.
        var waitsFor = attempt.Call.Item?.WaitsFor;
        return new CreateHoldRequest
        {
            AttemptId = attempt.AttemptId.ToString(),
            TeamId = attempt.Call.Caller.TeamId,
            UserId = attempt.Call.Caller.UserId,
            ApplicationId = attempt.Call.Caller.ApplicationId,
            BoundNanos = attempt.Bound.Nanos,
            Currency = attempt.Price.Currency,
            Sent = true,
            LowerFollows = lowerFollows || waitsFor == WorkWait.Funds,
            FreezeTold = waitsFor == WorkWait.Freeze,
            OccurredAt = attempt.OccurredAt.ToTimestampUtc(),
            Context = context,
        };
    }

    [LoggerMessage(LogLevel.Warning, "Wallet did not answer for attempt {AttemptId} ({Status}: {Detail}); refused.")]
    private partial void LogNoAnswer(Guid attemptId, StatusCode status, string detail);

    [LoggerMessage(LogLevel.Error, "Wallet answered {Outcome} for the new attempt {AttemptId}; refused.")]
    private partial void LogUnexpected(Guid attemptId, HoldOutcome outcome);
}
