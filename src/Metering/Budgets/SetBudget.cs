using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;

namespace Platform.Metering.Budgets;

/// <summary>Makes a budget, or changes what is given of one.</summary>
internal sealed class SetBudget(ChangeBudget change, TeamDirectory organisation)
{
    private static readonly int[] UsualActual = [50, 80, 100];
    private static readonly int[] UsualForecast = [100];

    /// <exception cref="RpcException">INVALID_ARGUMENT, NOT_FOUND (TEAM_NOT_FOUND), FAILED_PRECONDITION (BUDGET_EXISTS), ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<BudgetView> RunAsync(SetBudgetRequest request, string actor, CancellationToken cancellationToken)
    {
        if (BudgetCheck.Check(request) is { } error)
        {
            throw RpcErrors.InvalidArgument(error);
        }

        if (request.HasAmountNanos && request.AmountNanos <= 0)
        {
            throw RpcErrors.InvalidArgument($"amount_nanos must be above 0; it is {request.AmountNanos}.", Reasons.AmountInvalid);
        }

        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        if (request.HasAmountNanos && request.Currency != currency)
        {
            throw RpcErrors.InvalidArgument($"The organisation's currency is {currency}; the request has '{request.Currency}'.", Reasons.CurrencyMismatch);
        }

        if (request.Scope is { TeamId.Length: > 0 } scope)
        {
            await organisation.RequireAsync([scope.TeamId], cancellationToken);
        }

        return await change.RunAsync(
            "budgets.set", request.IdempotencyKey, request.BudgetId, request, actor, (budget, now) => Decide(request, budget, actor, now), cancellationToken);
    }

    /// <summary>What a checked request makes of a budget, or of none; null when it changes nothing. Pure.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT, FAILED_PRECONDITION (BUDGET_EXISTS).</exception>
    internal static BudgetEdit? Decide(SetBudgetRequest request, BudgetRow? before, string actor, DateTimeOffset now)
    {
        RequireSame(request, before);
        var known = before ?? New(request, now);
        var given = known with
        {
            Name = request.HasName ? request.Name : known.Name,
            AmountNanos = request.HasAmountNanos ? request.AmountNanos : known.AmountNanos,
            ActualPercents = Percents(request.ActualPercents) ?? known.ActualPercents,
            ForecastPercents = Percents(request.ForecastPercents) ?? known.ForecastPercents,
            RateAlerts = request.HasRateAlerts ? request.RateAlerts : known.RateAlerts,
            HardLimit = request.HasHardLimit ? request.HardLimit : known.HardLimit,
            Active = true,
        };
        if (given.HardLimit && !given.Scope.CanBeCapped())
        {
            throw RpcErrors.InvalidArgument("hard_limit is only for a budget of the organisation, a team, a user or a key with no other dimension; this one can be soft.");
        }

        var arms = before is not { Active: true } || Differs(given, known);
        if (!arms && given.Name == known.Name && given.RateAlerts == known.RateAlerts && given.HardLimit == known.HardLimit)
        {
            return null;
        }

        var changed = given with
        {
            Version = before is null ? 1 : arms ? checked(known.Version + 1) : known.Version,
            ArmedAt = arms ? now : known.ArmedAt,
            Due = true,
            ChangedAt = now,
            ChangedBy = actor,
        };
        return new BudgetEdit(changed.WithCapToTell(), BudgetAction.Set);
    }

    private static bool Differs(BudgetRow given, BudgetRow known) =>
        given.AmountNanos != known.AmountNanos || !given.ActualPercents.SequenceEqual(known.ActualPercents) || !given.ForecastPercents.SequenceEqual(known.ForecastPercents);

    // A removed budget is still found by its id, with its history: what it watches cannot become something else.
    private static void RequireSame(SetBudgetRequest request, BudgetRow? before)
    {
        if (before is null)
        {
            return;
        }

        var same = (request.Scope is null || BudgetCheck.Read(request.Scope) == before.Scope)
            && (request.Period == BudgetPeriod.Unspecified || (int)request.Period == (int)before.Period)
            && (request.TimeZone.Length == 0 || request.TimeZone == before.TimeZone);
        if (!same)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.BudgetExists,
                $"Budget '{before.BudgetId}' {(before.Active ? "exists" : "existed")} with another scope, period or time zone, which never change. Choose another id.");
        }
    }

    private static BudgetRow New(SetBudgetRequest request, DateTimeOffset now)
    {
        if (!request.HasAmountNanos || request.Period == BudgetPeriod.Unspecified)
        {
            throw RpcErrors.InvalidArgument($"There is no budget '{request.BudgetId}' yet; a new one needs amount and period.");
        }

        var scope = BudgetCheck.Read(request.Scope);
        return new BudgetRow(
            request.BudgetId, request.BudgetId, scope, (CalendarUnit)request.Period, request.TimeZone.Length == 0 ? "UTC" : request.TimeZone, request.AmountNanos,
            UsualActual, scope.IsWhole() ? UsualForecast : [], RateAlerts: false, HardLimit: false, Active: true, Version: 1, now, SnoozedUntil: null,
            Counted: false, Due: true, CapState.None, CapRevision: 0, CapId: "", CapProblem: "",
            CreatedAt: now, ChangedAt: now, ChangedBy: "");
    }

    private static int[]? Percents(BudgetPercents? percents) => percents is null ? null : [.. percents.Percents.Order()];
}
