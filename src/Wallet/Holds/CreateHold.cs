using Google.Protobuf;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>Sets an attempt's upper bound aside. On the path of every model call.</summary>
internal sealed class CreateHold(
    HoldWriter writer, KnownWallets wallets, CapAccounts caps, CapDirectory directory, IOptions<HoldOptions> options, WalletMetrics metrics, TimeProvider time)
{
    private const int ContextLimit = 32_768;

    public async Task<CreateHoldResponse> RunAsync(CreateHoldRequest request, string actor, CancellationToken cancellationToken)
    {
        var command = Read(request, actor, cancellationToken);
        var demand = command.Demand;
        command.WalletsRevision = wallets.Revision;
        command.WalletId = await wallets.FindAsync(demand.TeamId, demand.UserId, demand.ApplicationId, cancellationToken);
        if (command.WalletId is null)
        {
            command.Answer.Outcome = HoldOutcome.TeamNotFound;
        }
        else
        {
            command.Caps = await caps.ForAsync(command.CapSubject, time.GetUtcNow(), cancellationToken);
            await writer.RunAsync(command);
            Describe(command.Answer);
        }

        metrics.HoldCreated(command.Answer.Outcome);
        return command.Answer;
    }

    /// <summary>Whose the cap is that has refused stands beside the ledger: its limit and its period's end are those that decided.</summary>
    private void Describe(CreateHoldResponse answer)
    {
        if (answer.Cap is { } reached && directory.Find(answer.CapId) is { } cap)
        {
            reached.Scope = cap.Scope;
            reached.ScopeId = cap.ScopeId;
            reached.Period = (CapPeriod)cap.Period;
            reached.Source = cap.Source;
        }
    }

    private CreateHoldCommand Read(CreateHoldRequest request, string actor, CancellationToken cancellationToken)
    {
        var attemptId = Rules.RequireAttemptId(request.AttemptId);
        Rules.Require(request.BoundNanos > 0 ? null : $"bound_nanos must be above 0; it is {request.BoundNanos}.", Reasons.AmountInvalid);
        Rules.Require(request.ExpiresInSeconds is >= 0 and <= 86_400 ? null : "expires_in_seconds must be 0 to 86400.");
        Rules.Require(Validation.Text("user_id", request.UserId, 0, 200));
        Rules.Require(Validation.Text("application_id", request.ApplicationId, 0, 200));
        Rules.RequireNoNul("user_id or application_id", request.UserId, request.ApplicationId);
        var context = request.Context ?? new AttemptContext();
        RequireContext(context);
        var expirySeconds = request.Sent ? options.Value.SentLimitSeconds
            : request.ExpiresInSeconds == 0 ? options.Value.DefaultExpirySeconds : request.ExpiresInSeconds;
        return new CreateHoldCommand(
            new HoldDemand(attemptId, request.TeamId, request.UserId, request.ApplicationId, request.BoundNanos, request.Currency) { Sent = request.Sent },
            request.Sent,
            TimeSpan.FromSeconds(expirySeconds), Rules.ReadMoment("occurred_at", request.OccurredAt) ?? time.GetUtcNow().TruncateToMicroseconds(), context, actor,
            time.GetTimestamp(), cancellationToken, request.LowerFollows, request.FreezeTold);
    }

    /// <summary>INVALID_ARGUMENT unless what is said of an attempt can be kept with it, and its usage record be made of it.</summary>
    public static void RequireContext(AttemptContext context)
    {
        var size = context.CalculateSize();
        Rules.Require(size <= ContextLimit ? null : $"context may have {ContextLimit} bytes in all; it has {size}.");
        Rules.Require(
            Text("context.key_id", context.KeyId) ?? Text("context.workload", context.Workload) ?? Text("context.lane", context.Lane) ?? Text("context.provider", context.Provider) ?? Text("context.model", context.Model)
            ?? Text("context.model_asked", context.ModelAsked) ?? Text("context.upstream_key", context.UpstreamKey) ?? Text("context.route_policy", context.RoutePolicy) ?? Validation.Text("context.region", context.Region, 0, 50)
            ?? Validation.Label("context.service_tier", context.ServiceTier) ?? Validation.Tags(context.Tags)
            ?? Validation.Uuid("context.call_id", context.CallId) ?? Validation.Uuid("context.retry_of", context.RetryOf) ?? Validation.Traceparent(context.Traceparent));

        static string? Text(string name, string value) => Validation.Text(name, value, 0, 200);
    }
}
