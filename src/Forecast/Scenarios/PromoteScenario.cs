using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Publishing;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Series;
using Platform.Postgres;

namespace Platform.Forecast.Scenarios;

/// <summary>
/// Makes a kept scenario official, as far as it is the forecast's own: its plan changes are made and the forecast is published with them, in one transaction. The rest is told as commands.
/// </summary>
internal sealed class PromoteScenario(
    Postgres.Changes changes, ReadForecast forecast, WriteVersion write, Outbox outbox, PlanStore planStore, PlanPrices prices, OrganisationDirectory organisation, OrganisationBudgets budgets)
{
    private const int MostDescription = 500;

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND, INVALID_ARGUMENT, FAILED_PRECONDITION (HISTORY_TOO_SHORT), ABORTED (IDEMPOTENCY_CONFLICT), UNAVAILABLE.</exception>
    public async Task<PromotedScenario> RunAsync(PromoteScenarioRequest request, string actor, CancellationToken cancellationToken)
    {
        if (Validation.Text("description", request.Description, 0, MostDescription) is { } problem)
        {
            throw RpcErrors.InvalidArgument(problem);
        }

        var answer = await changes.RunAsync(
            "scenario.promote", request.IdempotencyKey, request, PromotedScenario.Parser,
            (transaction, now) => PromoteAsync(transaction, request, actor, now, cancellationToken), cancellationToken,
            enter: async transaction =>
            {
                await PublicationStore.LockAsync(transaction, cancellationToken);
                await ScenarioStore.LockAsync(transaction, cancellationToken);
            });
        outbox.Wake();
        return answer;
    }

    private async Task<PromotedScenario> PromoteAsync(
        NpgsqlTransaction transaction, PromoteScenarioRequest request, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = await ScenarioStore.FindAsync(transaction, KeepScenarios.Name(request.Name), cancellationToken) ?? throw KeepScenarios.NotFound(request.Name);
        var problems = new List<string>();
        var read = ScenarioCheck.Read(KeepScenarios.View(row).Scenario, problems);
        var book = await prices.ReadNowAsync(cancellationToken);
        var before = await PublicationStore.ReadInputsAsync(transaction, now, cancellationToken);
        var plan = await PublicationStore.ReadPlanAsync(transaction, cancellationToken);
        var moment = await forecast.RunAsync(BillingCalendar.Find("")!, now, cancellationToken);
        var planned = await PlanAsync(transaction, read, moment, book, actor, now, problems, cancellationToken);
        if (problems.Count > 0)
        {
            throw RpcErrors.InvalidArgument(string.Join(" ", problems));
        }

        var deeds = new ScenarioDeeds(
            row.Name, await organisation.ReadCurrencyAsync(cancellationToken), book, await organisation.ListWalletsAsync("", cancellationToken), await budgets.ListAsync("", cancellationToken), now)
        {
            Teams = await organisation.ListTeamIdsAsync(cancellationToken),
        };

        // They act in another order than they are written in, and a line may be there twice.
        var ofLines = deeds.Of(read).GroupBy(deed => deed.Line).ToDictionary(line => line.Key, line => new Queue<Deed>(line), StringComparer.Ordinal);
        var answer = new PromotedScenario { Deeds = { row.Changes.Select(line => ofLines[line.Trim()].Dequeue()) } };
        if (planned is not null)
        {
            // What came after the moment was read is not in it, others' changes of the plan among it, which are published after it; the plan that was written is.
            var inputs = before.Inputs with { Plan = await PublicationStore.PlanWithAsync(transaction, plan, PlanIds(read), cancellationToken) };
            var order = new PublicationOrder(PublicationReason.Scenario, actor, request.Description, row.Name);
            var head = await write.RunAsync(transaction, order, moment with { Plan = planned }, inputs, cancellationToken) ?? throw RpcErrors.Create(
                Grpc.Core.StatusCode.FailedPrecondition, Reasons.HistoryTooShort, Explanation.OfShortHistory(ScopeHistory.Of(moment.Current.Teams, moment.Current.Horizon.Today)));
            answer.Version = head.Version;
            row = row with { PromotedVersion = head.Version };
            await ScenarioStore.WriteAsync(transaction, row, cancellationToken);
        }

        answer.Scenario = KeepScenarios.View(row);
        return answer;
    }

    private static string[] PlanIds(List<Change> read) => [.. read.OfType<PlanChange>().Select(change => change.PlanId).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Makes the plan changes. Null where there are none, else the plan as it is then, by team.</summary>
    private async Task<ILookup<string, PricedItem>?> PlanAsync(
        NpgsqlTransaction transaction, List<Change> read, ForecastMoment moment, PlanBook book, string actor, DateTimeOffset now, List<string> problems,
        CancellationToken cancellationToken)
    {
        var ids = PlanIds(read);
        if (ids.Length == 0)
        {
            return null;
        }

        foreach (var id in ids)
        {
            await PlanStore.LockAsync(transaction, id, cancellationToken);
        }

        var rows = await planStore.ListAsync("", false, cancellationToken);
        var edits = PlanEdits.Of(read, rows, moment.Plan.SelectMany(team => team), book, await organisation.ListTeamIdsAsync(cancellationToken), moment.Current, problems);
        if (problems.Count > 0)
        {
            return null;
        }

        var items = moment.Plan.SelectMany(team => team).ToDictionary(item => item.Item.PlanId, StringComparer.Ordinal);
        foreach (var edit in edits)
        {
            if (edit.Before is { } old)
            {
                items.Remove(old.Item.PlanId);
            }

            // What has more or less of a rise only because of it is as it was planned, by whom it was.
            if (edit.After is { } after)
            {
                items[after.Item.PlanId] = ids.Contains(after.Item.PlanId) ? after with { Item = after.Item with { ChangedAt = now, ChangedBy = actor } } : after;
            }
        }

        foreach (var id in ids)
        {
            // One that is added and dropped by the same scenario never was.
            var dropped = rows.FirstOrDefault(known => known.PlanId == id);
            var row = items.TryGetValue(id, out var item) ? item.Item : dropped is null ? null : dropped with { Active = false, ChangedAt = now, ChangedBy = actor };
            if (row is not null)
            {
                await PlanStore.WriteAsync(transaction, row, cancellationToken);
            }
        }

        return items.Values.OrderBy(item => item.Item.StartsOn).ThenBy(item => item.Item.PlanId, StringComparer.Ordinal).ToLookup(item => item.Item.TeamId);
    }
}
