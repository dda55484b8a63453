using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Health;
using Platform.Routing.Journal;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes;
using Platform.ServiceDefaults.Faults;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Deciding;

/// <summary>Decides one attempt of a platform's own call and sets its money aside, as the gateway does for its own.</summary>
internal sealed class DecideCall(
    CallPlanner planner, TargetChooser chooser, CallAdmission admission, AttemptFactory attempts, AttemptFunding funding, RetryBudgets budgets, DecidedAttempts decided,
    ForbiddenCalls forbidden, IEnumerable<WireShape> shapes, TimeProvider time)
{
    private const int MaxChoices = 128;
    private const int MostTried = 64;
    private const int DefaultSendSeconds = 60;
    private const int DefaultReportSeconds = 600;

    /// <exception cref="RpcException">The refusal, with its reason.</exception>
    public async Task<DecideResponse> RunAsync(RoutingTable policy, DecideRequest request, Caller token, CancellationToken cancellationToken)
    {
        var input = Read(request, token);
        var arrived = time.GetTimestamp();
        var shape = ShapeOf(request.Shape);
        if (planner.TryPlan(policy, shape, input.Request, input.Caller, input.Labels, request.Lane, arrived, out var call, input.CallId) is { } refused)
        {
            forbidden.TellUnplanned(refused, policy, shape, input.Request, input.Caller, input.Labels, request.Lane);
            throw DecideErrors.From(refused);
        }

        call!.Reporter = token.Role == Role.Inference ? token.KeyId : null;
        RequireOpen(policy, call, request);
        if (chooser.TryStart(call, out var choices) is { } nobody)
        {
            throw DecideErrors.From(nobody);
        }

        RequireAnother(call, request);
        choices!.Skip(request.Avoid);
        call.IsCounted = IsCounted(call, request, input.RetryOf);
        if (await admission.TryAdmitAsync(call, choices.First, cancellationToken) is { } limited)
        {
            throw DecideErrors.From(limited);
        }

        var isDecided = false;
        try
        {
            TakeFromBudget(call, request);
            var (attempt, selection) = await ChooseAsync(call, choices, request.Tried.Count + 1, NumberOf(call, request, input.RetryOf), SentBefore(call, input.RetryOf), cancellationToken);
            decided.Add(new DecidedAttempt(
                attempt, selection, Seconds(request.SendWithinSeconds, DefaultSendSeconds), Seconds(request.ReportWithinSeconds, DefaultReportSeconds), time.GetTimestamp()));
            isDecided = true;
            admission.TellDelayed(attempt);
            CrashPoint.Reach(CrashPoints.RouteAfterDecide);
            return DecideAnswer.Of(attempt, request.Tried.Count + 1);
        }
        finally
        {
            if (!isDecided)
            {
                // It was a request of its own limits, as a call of the AI routes is that is refused after they let it pass: they keep whoever repeats it in check. Its tokens come back.
                call.Limits.Dispose();
            }
        }
    }

    /// <summary>A funded attempt at the first target whose provider's limit lets it pass. Nothing was sent to those before, so they are no attempts and take nothing from the retry budget.</summary>
    private async Task<(Attempt Attempt, TargetSelection Selection)> ChooseAsync(Call call, TargetChoices choices, int place, int number, Guid? retryOf, CancellationToken cancellationToken)
    {
        (TargetOption Option, string Reason)? after = null;
        LimitRefusal? limit = null;
        while (choices.TryNext(after, out var selection))
        {
            var attempt = attempts.Make(call, selection, place, number, retryOf);
            limit = await FundAsync(attempt, selection, cancellationToken);
            if (limit is null)
            {
                return (attempt, selection);
            }

            after = (selection.Option, "is at its rate limit");
            if (!call.Route.Failover.FallbackOn.HasFlag(FailureKinds.RateLimit))
            {
                break;
            }
        }

        if (limit is null)
        {
            throw DecideErrors.From(ApiError.ProviderUnavailable(503, "Every target that is left has failed too often lately and is left alone for a while. Try again shortly."));
        }

        admission.Tell(call, after!.Value.Option, limit);
        throw DecideErrors.From(limit);
    }

    /// <summary>Draws its provider's limits and sets its money aside. The limit that refuses it; null when it may be sent.</summary>
    private async Task<LimitRefusal?> FundAsync(Attempt attempt, TargetSelection selection, CancellationToken cancellationToken)
    {
        var funded = false;
        try
        {
            if (await admission.TryAdmitAsync(attempt, cancellationToken) is { } limited)
            {
                return limited;
            }

            if (await funding.FundAsync(attempt, capIsOurs: attempt.Call.Request.AskedCap is null, cancellationToken) is { } unfunded)
            {
                throw DecideErrors.From(unfunded);
            }

            funded = true;
            return null;
        }
        catch (JournalUnwritableException)
        {
            throw DecideErrors.From(ApiError.JournalUnwritable);
        }
        finally
        {
            if (!funded)
            {
                attempt.ProviderLimits.GiveBack();
                selection.Option.State.Leave(selection.Pass, TargetVerdict.Neither);
                attempt.Activity?.Dispose();
            }
        }
    }

    /// <summary>
    /// True for a further attempt of a call that this gateway knows: as a request it was counted when it began. Whoever only says so is counted anew; and each of these is taken from the retry budget.
    /// </summary>
    private bool IsCounted(Call call, DecideRequest request, Guid? retryOf) => Before(call, request, retryOf) is not null;

    /// <summary>After the one before, or in its place where that was never sent. Of one that this gateway does not know the caller's word is all there is.</summary>
    private int NumberOf(Call call, DecideRequest request, Guid? retryOf) =>
        Before(call, request, retryOf) is { } before ? before.Attempt.Number + (before.IsUnsent ? 0 : 1) : request.Tried.Count + 1;

    /// <summary>The attempt of the same call that the new one comes after; null where this gateway does not know it.</summary>
    private DecidedAttempt? Before(Call call, DecideRequest request, Guid? retryOf) =>
        request.Tried.Count > 0 && retryOf is { } before && decided.Find(before, call.Caller.TeamId) is { } known && known.Attempt.Call.Id == call.Id ? known : null;

    /// <summary>What records say that the attempt repeats: one that was never sent is in none of them, so it is what that one would have repeated.</summary>
    private Guid? SentBefore(Call call, Guid? retryOf)
    {
        while (retryOf is { } before && decided.Find(before, call.Caller.TeamId) is { IsUnsent: true } unsent)
        {
            retryOf = unsent.Attempt.RetryOf;
        }

        return retryOf;
    }

    /// <summary>Work that waits is not queued here: whoever asks for a lane with windows keeps to them. One that a rule has moved the call to is none that it asked for.</summary>
    private void RequireOpen(RoutingTable policy, Call call, DecideRequest request)
    {
        var now = time.GetUtcNow();
        if (request.Lane != call.Lane || policy.Lanes.GetValueOrDefault(call.Lane) is not { Windows.Count: > 0 } lane || LaneWindows.IsOpen(lane, now))
        {
            return;
        }

        var opens = LaneWindows.OpensAt(lane, now);
        throw RpcErrors.Create(
            StatusCode.FailedPrecondition, Reasons.LaneClosed,
            opens is { } at
                ? $"The window of lane '{lane.Name}' opens at {at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z. Decide then, or in another lane."
                : $"No window of lane '{lane.Name}' opens any more. Decide in another lane.",
            opens - now ?? TimeSpan.Zero);
    }

    private void RequireAnother(Call call, DecideRequest request)
    {
        var route = call.Route;
        if (decided.IsFullFor(call.Caller.TeamId))
        {
            throw RpcErrors.Create(
                StatusCode.ResourceExhausted, Reasons.TooManyDecided, "Too many decided attempts wait for their report here. Report or release those, then decide again.");
        }

        if (request.Tried.Count >= route.Failover.MaxAttempts)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.AttemptsSpent, $"The policy allows a call {route.Failover.MaxAttempts} attempts. Tell your caller of the failure.");
        }
    }

    /// <summary>After the call's limits: an attempt that they refuse is none, and takes nothing from those that may be made.</summary>
    private void TakeFromBudget(Call call, DecideRequest request)
    {
        var route = call.Route;
        var budget = budgets.Of(route.Name, call.Reporter);
        if (request.Tried.Count == 0)
        {
            budget.CountCall();
        }
        else if (!budget.TryTake(route.Failover.BudgetPercent))
        {
            throw RpcErrors.Create(
                StatusCode.ResourceExhausted, Reasons.RetryBudgetSpent, $"The retry budget of '{route.Name}' is spent for this minute. Tell your caller of the failure.");
        }
    }

    private WireShape ShapeOf(string name)
    {
        var kind = name.Length == 0 ? ShapeKinds.Chat : PolicyNames.Shapes.GetValueOrDefault(name);
        return shapes.FirstOrDefault(shape => shape.Kind == kind)
            ?? throw RpcErrors.InvalidArgument($"shape '{Validation.Shown(name)}' is not served. Name one of: {string.Join(", ", PolicyNames.Shapes.Keys)}.");
    }

    private static DecideInput Read(DecideRequest request, Caller token)
    {
        Require(request.MaxInputTokens is > 0 and <= int.MaxValue, "max_input_tokens must be 1 or more: the bytes of the request's body are always enough.");
        Require(request.MaxOutputTokens is >= 0 and <= int.MaxValue, "max_output_tokens must be 0 or more.");
        Require(request.Choices is >= 0 and <= MaxChoices, $"choices must be 0 to {MaxChoices}.");
        Require(request.SendWithinSeconds is >= 0 and <= 600, "send_within_seconds must be 0 to 600.");
        Require(request.ReportWithinSeconds is >= 0 and <= 86_400, "report_within_seconds must be 0 to 86400.");
        Require(request.Tried.Count <= MostTried && request.Avoid.Count <= MostTried, $"tried and avoid may name {MostTried} targets each.");
        var workload = request.Workload.Length > 0 ? request.Workload : token.Workload;
        var wrong = Validation.Label("workload", workload) ?? Validation.Tags(request.Tags);
        Require(wrong is null, wrong ?? "");
        return new DecideInput(
            CallerOf(request, token), new CallLabels(workload, new Dictionary<string, string>(request.Tags).AsReadOnly()), Id("call_id", request.CallId), Id("retry_of", request.RetryOf),
            new FactsRequest(request.MaxInputTokens, request.MaxOutputTokens == 0 ? null : request.MaxOutputTokens)
            {
                Model = request.Model, Choices = Math.Max(1, request.Choices),
            });
    }

    /// <summary>An inference key calls for itself; a service says for whom.</summary>
    private static Caller CallerOf(DecideRequest request, Caller token)
    {
        var named = request.TeamId.Length + request.UserId.Length + request.ApplicationId.Length > 0;
        if (token.Role == Role.Inference)
        {
            Require(!named, "Leave out team_id, user_id and application_id: an inference key names them.");
            return token;
        }

        Require(token.Role == Role.Gateway, "Use a team's inference key, or a service's.", StatusCode.PermissionDenied, Reasons.RoleMissing);
        Require(request.TeamId.Length is > 0 and <= 200 && request.UserId.Length <= 200 && request.ApplicationId.Length <= 200, "team_id is missing, or an id is above 200 characters.");
        return new Caller(token.KeyId, token.Name, Role.Inference, request.TeamId, "") { UserId = request.UserId, ApplicationId = request.ApplicationId, LineKeyId = token.LineKeyId };
    }

    private static Guid? Id(string name, string value)
    {
        if (value.Length == 0)
        {
            return null;
        }

        Require(Guid.TryParse(value, out var id), $"{name} must be a UUID.");
        return id;
    }

    private static void Require(bool met, string message, StatusCode status = StatusCode.InvalidArgument, string reason = Reasons.InvalidArgument)
    {
        if (!met)
        {
            throw RpcErrors.Create(status, reason, message);
        }
    }

    private static TimeSpan Seconds(int asked, int otherwise) => TimeSpan.FromSeconds(asked == 0 ? otherwise : asked);

    private readonly record struct DecideInput(Caller Caller, CallLabels Labels, Guid? CallId, Guid? RetryOf, CallRequest Request);
}
