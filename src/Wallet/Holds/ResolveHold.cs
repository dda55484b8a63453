using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>
/// Takes one hold a step further: read, decide, and write the decision if the hold still stands as it was read, else once more. Two round trips, and the
/// wallet is locked only inside the second, so a slow caller cannot keep a busy wallet waiting.
/// </summary>
internal sealed class ResolveHold(LedgerDatabase database, HoldStore store, TimeProvider time)
{
    /// <summary>Every lost round means that the hold moved on, and a hold has few steps.</summary>
    private const int Rounds = 10;

    public async Task<HoldResponse> RunAsync(string attempt, HoldInput input, string actor, CancellationToken cancellationToken)
    {
        var attemptId = Rules.RequireAttemptId(attempt);
        for (var round = 1; round <= Rounds; round++)
        {
            var now = time.GetUtcNow().TruncateToMicroseconds();
            var seen = await store.ReadAsync(attemptId, cancellationToken);
            var decision = HoldDecision.Decide(seen, input, now);
            if (decision.Verdict == HoldVerdict.NotFound && input is HoldInput.Release release)
            {
                if (await store.TryInsertTombstoneAsync(attemptId, release.Reason, now, cancellationToken))
                {
                    return new HoldResponse { AttemptId = attemptId.ToString(), State = HoldState.Released };
                }
            }
            else if (decision.Verdict != HoldVerdict.Apply
                || await database.RetryAsync(() => store.TryApplyAsync(seen!, decision, actor, now, cancellationToken), cancellationToken))
            {
                return Answer(attemptId, decision);
            }
        }

        throw RpcErrors.Create(
            StatusCode.Unavailable, Reasons.DependencyUnavailable, $"The hold of attempt {attemptId} kept changing while it was decided. Try again.");
    }

    private static HoldResponse Answer(Guid attemptId, HoldDecision decision) => decision.Verdict switch
    {
        HoldVerdict.NotFound => throw RpcErrors.NotFound(Reasons.HoldNotFound, $"There is no hold for attempt {attemptId}."),
        HoldVerdict.Ended => throw RpcErrors.Create(
            StatusCode.FailedPrecondition, Reasons.HoldEnded, $"The hold of attempt {attemptId} is {decision.Hold!.State.ToString().ToLowerInvariant()}; its state does not allow this."),
        HoldVerdict.Repeat or HoldVerdict.Apply => new HoldResponse
        {
            AttemptId = attemptId.ToString(), State = decision.Hold!.State, HeldNanos = decision.Hold.Held,
        },
    };
}
