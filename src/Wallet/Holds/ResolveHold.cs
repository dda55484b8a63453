using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Holds;

/// <summary>Takes one hold a step further.</summary>
internal sealed class ResolveHold(HoldWriter writer, IOptions<HoldOptions> options)
{
    public Task<HoldResponse> MarkSentAsync(MarkSentRequest request, string actor) =>
        RunAsync(request.AttemptId, new HoldInput.MarkSent(TimeSpan.FromSeconds(options.Value.SentLimitSeconds)), actor);

    public Task<HoldResponse> ReportAsync(ReportHoldRequest request, string actor)
    {
        Rules.Require(request.CostNanos >= 0 ? null : $"cost_nanos must be 0 or more; it is {request.CostNanos}.", Reasons.AmountInvalid);
        return RunAsync(request.AttemptId, new HoldInput.Report(request.CostNanos), actor);
    }

    public Task<HoldResponse> ReleaseAsync(ReleaseHoldRequest request, string actor) =>
        RunAsync(request.AttemptId, new HoldInput.Release(RequireReason(request.Reason)), actor);

    public Task<HoldResponse> SuspendAsync(SuspendHoldRequest request, string actor) =>
        RunAsync(request.AttemptId, new HoldInput.Suspend(RequireReason(request.Reason)), actor);

    private static string RequireReason(string reason)
    {
        Rules.Require(Validation.Text("reason", reason, 0, 200));
        Rules.RequireNoNul("reason", reason);
        return reason;
    }

    private async Task<HoldResponse> RunAsync(string attempt, HoldInput input, string actor)
    {
        var command = new ResolveHoldCommand(Rules.RequireAttemptId(attempt), input, actor);
        await writer.RunAsync(command);
        return Answer(command);
    }

    private static HoldResponse Answer(ResolveHoldCommand command)
    {
        var (attemptId, decision) = (command.AttemptId, command.Answer);
        return decision.Verdict switch
        {
            HoldVerdict.NotFound => throw RpcErrors.NotFound(Reasons.HoldNotFound, $"There is no hold for attempt {attemptId}."),
            HoldVerdict.Ended => throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.HoldEnded,
                $"The hold of attempt {attemptId} is {decision.Hold!.State.ToString().ToLowerInvariant()}; its state does not allow this."),
            HoldVerdict.Repeat or HoldVerdict.Apply => new HoldResponse
            {
                AttemptId = attemptId.ToString(), State = decision.Hold!.State, HeldNanos = decision.Hold.Held,
            },
        };
    }
}
