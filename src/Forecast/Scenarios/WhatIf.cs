using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;
using Platform.Forecast.Work;

namespace Platform.Forecast.Scenarios;

/// <summary>Answers scenarios side by side with the forecast, as it stands now.</summary>
internal sealed class WhatIf(
    ReadForecast forecast, RouteMixes mixes, QuarterStore quarters, PlanStore planStore, PlanPrices prices, OrganisationDirectory organisation, OrganisationBudgets budgets, ScopeShares shares,
    WalletShares walletShares, QuestionTurns turns, TimeProvider time)
{
    /// <param name="scenarios">Those of the request, then kept ones.</param>
    public async Task<WhatIfAnswer> RunAsync(WhatIfRequest request, IReadOnlyList<Scenario> scenarios, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        var confidence = Confidence.Require(request.Confidence);
        var problems = new List<string>();
        if (scenarios.Count is < 1 or > ScenarioCheck.MostScenarios)
        {
            problems.Add($"scenarios and saved together must be 1 to {ScenarioCheck.MostScenarios}; there are {scenarios.Count}.");
        }

        problems.AddRange(scenarios.GroupBy(scenario => scenario.Name).Where(name => name.Count() > 1).Select(name => $"{Validation.Shown(name.Key)} is the name of several scenarios."));
        var read = scenarios.Take(ScenarioCheck.MostScenarios).Select(scenario => (scenario.Name, Changes: ScenarioCheck.Read(scenario, problems))).ToArray();
        Refuse(problems);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var facts = await ReadAsync(request.TeamId, calendar, cancellationToken);
        var official = await WorkThreads.RunAsync(() => facts.Moment.Of(request.TeamId), cancellationToken);
        var inputs = new List<(string Name, ScenarioInputs Inputs)>();
        foreach (var (name, changes) in read)
        {
            inputs.Add((name, await InputsAsync(changes, facts, problems, cancellationToken)));
        }

        Refuse(problems);
        // A scenario of twenty changes over fifty teams holds about 120 MB while it is worked out.
        using var turn = await turns.EnterAsync(cancellationToken);
        return await WorkThreads.RunAsync(() => Answer(request, facts, official, inputs, confidence, cancellationToken), cancellationToken);
    }

    private static void Refuse(List<string> problems)
    {
        if (problems.Count > 0)
        {
            throw RpcErrors.InvalidArgument(string.Join(" ", problems.Distinct()));
        }
    }

    private static WhatIfAnswer Answer(
        WhatIfRequest request, ScenarioFacts facts, LayeredForecasts official, List<(string Name, ScenarioInputs Inputs)> scenarios, double confidence, CancellationToken cancellationToken)
    {
        var answer = new WhatIfAnswer
        {
            TeamId = request.TeamId,
            Currency = facts.Currency,
            AsOf = facts.Current.Now.ToTimestampUtc(),
            TimeZone = facts.Current.Horizon.Calendar.Name,
            Periods = { official.Periods().Select(period => period.Layers.ToWire(period.Kind, official.Horizon)) },
            Months = { request.ByMonth ? official.Months().Select(month => month.ToWire(PeriodKind.Unspecified, official.Horizon)) : [] },
            Notes =
            {
                Evidence.Notes(Evidence.Of(official.Teams, facts.Current.Forecast.Draws), official.Teams),
                PriceSentences.Of(official.Teams, facts.Current.Forecast.Prices),
                CalendarEvidences.Sentences(CalendarEvidences.Of(official.Teams, facts.Current.Forecast.Special, official.Horizon), official.Horizon),
                facts.Moment.PlanNotes,
            },
        };
        answer.Notes.AddRange(LayeredForecasts.NextYearSentence(official.Horizon) is { Length: > 0 } year ? [year] : []);
        foreach (var (name, inputs) in scenarios)
        {
            var scenario = ScenarioForecast.Make(inputs, official, request.TeamId, cancellationToken);
            var view = ScenarioViews.Make(name, scenario, request.ByMonth);
            ScenarioMoney.AddTo(view, scenario, facts, request.TeamId, confidence, cancellationToken);
            answer.Scenarios.Add(view);
        }

        return answer;
    }

    private async Task<ScenarioFacts> ReadAsync(string teamId, BillingCalendar calendar, CancellationToken cancellationToken)
    {
        var moment = await forecast.RunAsync(calendar, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);

        // A scenario may change budgets beside those of whom is asked for, which are not told of.
        var all = await budgets.ListAsync("", cancellationToken);
        BudgetView[] watched = [.. all.Where(budget => SegmentKey.Fits(teamId, budget.Scope.TeamId))];
        var money = await organisation.ReadFundsAsync("", cancellationToken);
        return new ScenarioFacts(
            moment, await organisation.ListTeamIdsAsync(cancellationToken), await organisation.ReadCurrencyAsync(cancellationToken), await mixes.GetAsync(moment.Current, cancellationToken),
            await prices.ReadAsync(cancellationToken), await planStore.ListAsync("", false, cancellationToken), money.ByTeam(moment.Current.Horizon),
            all, await shares.OfAsync(moment.Current, watched, cancellationToken), money.Wallets, await walletShares.OfAsync(moment.Current, teamId, money, cancellationToken))
        {
            Caps = teamId.Length > 0 ? await organisation.ListOwnCapsAsync(teamId, cancellationToken) : await organisation.ListCapsAsync(cancellationToken),
        };
    }

    private async Task<ScenarioInputs> InputsAsync(IReadOnlyList<Change> changes, ScenarioFacts facts, List<string> problems, CancellationToken cancellationToken)
    {
        var (loads, hours) = (new Dictionary<int, List<QuarterLoad>>(), new Dictionary<int, Dictionary<string, double[]>>());
        foreach (var (place, change) in changes.Index())
        {
            if (change is LimitChange limit)
            {
                loads[place] = await quarters.ReadLoadsAsync(limit.TeamId, facts.Current.Horizon.Today, cancellationToken);
            }
            else if (change is OutageChange outage)
            {
                hours[place] = await quarters.ReadHoursAsync(outage.Of.Provider, outage.Of.Model, facts.Current.Horizon.Today, cancellationToken);
            }
        }

        return await WorkThreads.RunAsync(() => ScenarioInputs.Make(changes, facts, loads, hours, problems), cancellationToken);
    }
}
