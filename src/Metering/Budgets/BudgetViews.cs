using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;

namespace Platform.Metering.Budgets;

/// <summary>Budgets as people see them: with what is spent and projected in their current period.</summary>
internal sealed class BudgetViews(TeamDirectory organisation)
{
    /// <summary>In the order of the budgets.</summary>
    public async Task<List<BudgetView>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<BudgetRow> budgets, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        var periods = budgets.Select(budget => (Budget: budget, Period: budget.PeriodAt(now))).ToList();
        var spends = await PeriodSpends.ReadAsync(connection, periods, now, cancellationToken);
        string[] budgetIds = [.. budgets.Select(budget => budget.BudgetId)];
        var crossed = await CrossingStore.CountOpenAsync(connection, budgetIds, cancellationToken);
        var unusual = await RateStore.CountOpenAsync(connection, budgetIds, cancellationToken);
        var position = await BudgetSpendStore.ReadPositionAsync(connection, cancellationToken);
        return spends.ConvertAll(spend =>
        {
            var view = ToContract(spend, currency, now);
            view.Open = crossed.GetValueOrDefault(view.BudgetId) + unusual.GetValueOrDefault(view.BudgetId);

            // With nothing recorded since, the figures are as of now.
            view.CountedUntil = (position.First is null ? now : position.Until).ToTimestampUtc();
            return view;
        });
    }

    public static Contracts.Metering.V1.BudgetCrossing ToContract(CrossingRow crossing)
    {
        var contract = new Contracts.Metering.V1.BudgetCrossing
        {
            CrossingId = crossing.CrossingId.ToString(),
            Version = crossing.Version,
            PeriodFrom = crossing.Period.From.ToTimestampUtc(),
            PeriodTo = crossing.Period.To.ToTimestampUtc(),
            Basis = Enum.Parse<ThresholdBasis>(crossing.Basis, ignoreCase: true),
            Percent = crossing.Percent,
            AmountNanos = crossing.AmountNanos,
            SpentNanos = crossing.SpentNanos,
            NoticedAt = crossing.NoticedAt.ToTimestampUtc(),
            ToldAt = crossing.ToldAt.ToTimestampUtc(),
            AcknowledgedAt = crossing.AcknowledgedAt.ToTimestampUtc(),
            AcknowledgedBy = crossing.AcknowledgedBy,
            Note = crossing.Note,
        };
        if (crossing.ProjectedNanos is { } projected)
        {
            contract.ProjectedNanos = projected;
        }

        return contract;
    }

    public static BudgetRate ToContract(RateRow rate) => new()
    {
        Window = Enum.Parse<BudgetWindow>(rate.Window, ignoreCase: true),
        WindowFrom = rate.From.ToTimestampUtc(),
        WindowTo = rate.To.ToTimestampUtc(),
        TooHigh = rate.TooHigh,
        SpentNanos = rate.SpentNanos,
        ExpectedNanos = rate.Band.ExpectedNanos,
        LowNanos = rate.Band.LowNanos,
        HighNanos = rate.Band.HighNanos,
        NoticedAt = rate.NoticedAt.ToTimestampUtc(),
        ToldAt = rate.ToldAt.ToTimestampUtc(),
        AcknowledgedAt = rate.AcknowledgedAt.ToTimestampUtc(),
        AcknowledgedBy = rate.AcknowledgedBy,
        Note = rate.Note,
    };

    private static BudgetView ToContract(BudgetPeriodSpend known, string currency, DateTimeOffset now)
    {
        var (budget, spend) = (known.Budget, known.Spend);
        var view = new BudgetView
        {
            BudgetId = budget.BudgetId,
            Name = budget.Name,
            Scope = ToContract(budget.Scope),
            Period = (BudgetPeriod)budget.Period,
            TimeZone = budget.TimeZone,
            AmountNanos = budget.AmountNanos,
            Currency = currency,
            ActualPercents = { budget.ActualPercents },
            ForecastPercents = { budget.ForecastPercents },
            RateAlerts = budget.RateAlerts,
            HardLimit = budget.HardLimit,
            Status = Status(budget, spend),
            Version = budget.Version,
            PeriodFrom = spend.Period.From.ToTimestampUtc(),
            PeriodTo = spend.Period.To.ToTimestampUtc(),
            ForecastNote = known.ForecastNote,
            SnoozedUntil = budget.IsSnoozed(now) ? budget.SnoozedUntil.ToTimestampUtc() : null,
            Crossings = { spend.Crossed.Select(ToContract) },
            CapState = budget.CapState,
            CapId = budget.CapId,
            CapProblem = budget.CapProblem,
            CreatedAt = budget.CreatedAt.ToTimestampUtc(),
            ChangedAt = budget.ChangedAt.ToTimestampUtc(),
            ChangedBy = budget.ChangedBy,
        };
        if (view.Status == BudgetStatus.Counting)
        {
            // What was counted so far is neither what was spent nor what a projection can stand on.
            view.ForecastNote = "What was spent before is still being counted.";
            return view;
        }

        view.SpentNanos = spend.SpentNanos;
        if (spend.ProjectedNanos is { } projected)
        {
            view.ProjectedNanos = projected;
        }

        return view;
    }

    private static BudgetStatus Status(BudgetRow budget, PeriodSpend spend) =>
        !budget.Active ? BudgetStatus.Removed
        : !budget.Counted ? BudgetStatus.Counting
        : spend.SpentNanos >= budget.AmountNanos ? BudgetStatus.Exceeded
        : spend.Crossed.Count > 0 ? BudgetStatus.Warning
        : BudgetStatus.Healthy;

    private static BudgetScope ToContract(SpendScope scope) => new()
    {
        TeamId = scope.TeamId,
        UserId = scope.UserId,
        KeyId = scope.KeyId,
        Provider = scope.Provider,
        Model = scope.Model,
        Workload = scope.Workload,
        Lane = scope.Lane,
        TagKey = scope.TagKey,
        TagValue = scope.TagValue,
    };
}
