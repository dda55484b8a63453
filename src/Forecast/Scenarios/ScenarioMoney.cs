using System.Collections.Concurrent;
using BudgetChange = Platform.Forecast.Scenarios.Changes.BudgetChange;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using Platform.Forecast.Work;

namespace Platform.Forecast.Scenarios;

/// <summary>What a scenario makes of wallets, budgets and caps, beside what becomes of them without it: of those whose money or spend is otherwise.</summary>
internal sealed class ScenarioMoney
{
    /// <summary>What the source of a budget's cap begins with, before the budget's id.</summary>
    private const string BudgetsCap = "budget ";

    private readonly ScenarioForecast _scenario;
    private readonly ScenarioFacts _facts;
    private readonly double _confidence;
    private readonly Dictionary<string, TeamChanges> _changed;
    private readonly ILookup<string, BudgetView> _budgets;
    private readonly ILookup<string, Cap> _caps;
    private readonly long[] _organisation;
    private readonly MovedMoney _moved;
    private readonly ConcurrentBag<(string TeamId, FundsDifference? Funds, WalletDifference[] Wallets, BudgetDifference[] Budgets, CapDifference[] Caps)> _answers = [];

    private ScenarioMoney(ScenarioForecast scenario, ScenarioFacts facts, double confidence)
    {
        (_scenario, _facts, _confidence) = (scenario, facts, confidence);
        _changed = scenario.Teams.ToDictionary(team => team.TeamId, StringComparer.Ordinal);
        _moved = MovedMoney.Of(scenario.Inputs.Changes, facts.Wallets, facts.Currency);
        _budgets = facts.Budgets.ToLookup(budget => budget.Scope.TeamId, StringComparer.Ordinal);
        _caps = facts.Caps.ToLookup(CapOutlooks.TeamOf, StringComparer.Ordinal);
        _organisation = new long[JointPaths.Paths * facts.Current.Horizon.Days];
    }

    /// <param name="teamId">Empty: the organisation and all teams.</param>
    public static void AddTo(ScenarioAnswer answer, ScenarioForecast scenario, ScenarioFacts facts, string teamId, double confidence, CancellationToken cancellationToken)
    {
        var money = new ScenarioMoney(scenario, facts, confidence);
        var teams = facts.Funds.Keys.Union(facts.Budgets.Select(budget => budget.Scope.TeamId)).Union(money._caps.Select(team => team.Key)).Union(money._changed.Keys)
            .Where(team => team.Length > 0 && (teamId.Length == 0 || team == teamId)).Order(StringComparer.Ordinal);
        Parallel.ForEach(
            teams, WorkThreads.Options(cancellationToken), () => new Room(facts.Current.Horizon.Days), (team, _, room) =>
            {
                money.Team(team, room);
                return room;
            },
            _ => { });
        if (teamId.Length == 0)
        {
            money.Answer("", new Room(facts.Current.Horizon.Days), money._organisation, scenario.Teams.Count > 0);
        }

        foreach (var (_, funds, wallets, budgets, caps) in money._answers.OrderBy(team => team.TeamId, StringComparer.Ordinal))
        {
            answer.Funds.AddRange(funds is null ? [] : [funds]);
            answer.Wallets.AddRange(wallets);
            answer.Budgets.AddRange(budgets);
            answer.Caps.AddRange(caps);
        }
    }

    private void Team(string teamId, Room room)
    {
        Array.Clear(room.Days);
        if (_changed.TryGetValue(teamId, out var changes))
        {
            changes.AddDays(room.Days);
            lock (_organisation)
            {
                for (var i = 0; i < _organisation.Length; i++)
                {
                    _organisation[i] += room.Days[i];
                }
            }
        }

        Answer(teamId, room, room.Days, changes is not null, changes);
    }

    /// <param name="days">Changes by path and day.</param>
    /// <param name="changes">Of the team's spend; null where there are none, and of the organisation.</param>
    private void Answer(string teamId, Room room, long[] days, bool spendDiffers, TeamChanges? changes = null)
    {
        var amounts = AmountsOf(teamId);
        var budgets = _budgets[teamId].Select(budget => (Before: budget, After: Of(budget))).Where(budget => spendDiffers || !ReferenceEquals(budget.Before, budget.After)).ToArray();
        var caps = _caps[teamId].Select(cap => (Before: cap, After: Of(cap))).Where(cap => spendDiffers || !ReferenceEquals(cap.Before, cap.After)).ToArray();
        var wallets = spendDiffers || HasMoved(teamId) ? _facts.Paying.GetValueOrDefault(teamId) : null;
        if ((amounts is null || (!spendDiffers && amounts.Value.Before == amounts.Value.After)) && budgets.Length == 0 && caps.Length == 0 && wallets is null)
        {
            return;
        }

        var spend = _scenario.Spend;
        room.Before.Of(_scenario.Official, _facts.Current, teamId);
        room.After.Of(room.Before, days);
        _answers.Add((
            teamId,
            amounts is { } money && (spendDiffers || money.Before != money.After)
                ? new FundsDifference { Forecast = Funds(teamId, money.Before, room.Before), Scenario = Funds(teamId, money.After, room.After) }
                : null,
            wallets is { Cumulated: not null } ? [.. Wallets(teamId, wallets, room, changes)] : [],
            [.. budgets.Select(budget => new BudgetDifference
            {
                Forecast = BudgetOutlooks.Of(budget.Before, _scenario.Official, _facts.Current, room.Before, _facts.Shares.GetValueOrDefault(budget.Before.BudgetId)),
                Scenario = BudgetOutlooks.Of(
                    budget.After, _scenario.Official, _facts.Current, room.After, _facts.Shares.GetValueOrDefault(budget.After.BudgetId), spendDiffers ? spend : null),
            })],
            [.. Caps(teamId, caps, room)]));
    }

    private IEnumerable<CapDifference> Caps(string teamId, (Cap Before, Cap After)[] caps, Room room)
    {
        if (caps.Length == 0)
        {
            return [];
        }

        var observing = CapOutlooks.Observing([.. _facts.Wallets.Where(wallet => wallet.TeamId.Length > 0 && SegmentKey.Fits(teamId, wallet.TeamId))]);
        var before = caps.ToDictionary(cap => cap.Before.CapId, cap => CapOutlooks.Of(cap.Before, room.Before, _facts.Current, _confidence, observing), StringComparer.Ordinal);
        return CapOutlooks.Of(caps.Select(cap => cap.After), room.After, _facts.Current, _confidence, observing).Select(after => new CapDifference { Forecast = before[after.CapId], Scenario = after });
    }

    /// <summary>What can be spent without the scenario and with it; null where there is no wallet.</summary>
    private (SpendableFunds Before, SpendableFunds After)? AmountsOf(string teamId) =>
        _facts.Funds.TryGetValue(teamId, out var before) && _moved.Sums.TryGetValue(teamId, out var after)
            ? (before, before with { AvailableNanos = after.AvailableNanos, OverageNanos = after.OverageNanos })
            : null;

    private bool HasMoved(string teamId) => _facts.Wallets.Any(wallet => wallet.TeamId == teamId && HasMoved(wallet));

    /// <summary>What repays overage is in no amount.</summary>
    private bool HasMoved(WalletView wallet) => _moved.Amounts.TryGetValue(wallet.WalletId, out var after)
        && (after != wallet.AvailableNanos + wallet.LeasedUndrawnNanos || _moved.Overage[wallet.WalletId] != wallet.OverageNanos);

    /// <summary>Each wallet of a team that has several: with what it has then, for its share of what the team spends then.</summary>
    private IEnumerable<WalletDifference> Wallets(string teamId, TeamWallets wallets, Room room, TeamChanges? changes)
    {
        SharedWallet[] moved = [.. wallets.Wallets.Select(shared => HasMoved(shared.Wallet)
            ? shared with { Funds = shared.Funds with { AvailableNanos = _moved.Amounts[shared.Wallet.WalletId], OverageNanos = _moved.Overage[shared.Wallet.WalletId] } }
            : shared)];
        var before = WalletOutlooks.Of(teamId, wallets, _scenario.Official, _facts.Current, room.Before, _confidence);
        var after = WalletOutlooks.Of(teamId, wallets with { Wallets = moved }, _scenario.Official, _facts.Current, room.After, _confidence, changes?.PlannedDays);
        return before.Zip(after, (was, willBe) => new WalletDifference { Forecast = was, Scenario = willBe })
            .Where(wallet => changes is not null || wallet.Forecast.Funds.AvailableNanos != wallet.Scenario.Funds.AvailableNanos
                || wallet.Forecast.Funds.OverageNanos != wallet.Scenario.Funds.OverageNanos);
    }

    private BudgetView Of(BudgetView budget) => AmountOf(budget.BudgetId, budget.AmountNanos) is { } amount ? new BudgetView(budget) { AmountNanos = amount } : budget;

    /// <summary>That of a budget whose limit is hard is what the budget is.</summary>
    private Cap Of(Cap cap) => cap.Source.StartsWith(BudgetsCap, StringComparison.Ordinal) && AmountOf(cap.Source[BudgetsCap.Length..], cap.AmountNanos) is { } amount
        ? new Cap(cap) { AmountNanos = amount } : cap;

    /// <summary>Null: the scenario leaves it as it is.</summary>
    private long? AmountOf(string budgetId, long amount)
    {
        var changes = _scenario.Inputs.Changes.OfType<BudgetChange>().Where(change => change.BudgetId == budgetId).ToArray();
        return changes.Length == 0 ? null : changes.Aggregate(amount, (before, change) => change.Amount.Of(before));
    }

    private ScenarioFunds Funds(string teamId, SpendableFunds funds, DailyTotals totals)
    {
        var (horizon, course) = (_facts.Current.Horizon, new FundsCourse(funds, totals, _facts.Current));
        return new ScenarioFunds
        {
            Outlook = FundsOutlooks.Of(teamId, funds, totals, _facts.Current, _confidence),
            RefusedThisMonth = Refused(course.Refused(horizon.Month.AddMonths(1).DayNumber - horizon.Today.DayNumber)),
            RefusedToNextMonth = Refused(course.Refused(horizon.Month.AddMonths(2).DayNumber - horizon.Today.DayNumber)),
        };
    }

    private static NanosBand Refused(long[] refused) =>
        ScenarioViews.Band(refused, Nanos.Mean(refused.Aggregate(Int128.Zero, (sum, nanos) => sum + nanos), refused.Length));

    /// <summary>One worker's memory.</summary>
    private sealed class Room(int days)
    {
        public long[] Days { get; } = new long[JointPaths.Paths * days];

        public DailyTotals Before { get; } = new(days);

        public DailyTotals After { get; } = new(days);
    }
}
