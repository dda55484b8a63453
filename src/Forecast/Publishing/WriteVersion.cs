using Grpc.Core;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;
using Platform.Forecast.Versions;
using Platform.Forecasting;
using Platform.Postgres;

namespace Platform.Forecast.Publishing;

/// <summary>Why a version is published, and by whom.</summary>
/// <param name="ScenarioId">Where reason is <see cref="PublicationReason.Scenario"/>, and nowhere else.</param>
internal sealed record PublicationOrder(PublicationReason Reason, string PublishedBy, string Description, string? ScenarioId = null);

/// <summary>Writes a forecast as the next version, and owes the event that tells of it, in the caller's transaction, which holds the lock of <see cref="PublicationStore"/>.</summary>
internal sealed partial class WriteVersion(OrganisationDirectory organisation, OrganisationBudgets budgets, ScopeShares shares, Outbox outbox, ILogger<WriteVersion> log)
{
    /// <param name="moment">What is published: the forecast as it stands, or a scenario's.</param>
    /// <param name="inputs">Read before the moment was.</param>
    /// <returns>Null where the organisation's history is too short: then only the event tells so.</returns>
    public async Task<VersionHead?> RunAsync(
        NpgsqlTransaction transaction, PublicationOrder order, ForecastMoment moment, PublicationInputs inputs, CancellationToken cancellationToken)
    {
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        string[] scopes = [.. moment.Scopes(await organisation.ListTeamIdsAsync(cancellationToken))];
        var totals = new DailyTotals(moment.Current.Horizon.Days);
        ForecastScope[] told = [.. scopes.Select(teamId => ForecastScopes.Make(moment, teamId, totals))];
        ForecastScope[] ofBudgets = [.. await OfBudgetsAsync(moment, cancellationToken)];
        VersionHead? head = null;
        if (told[0].Ahead.Count > 0)
        {
            var last = await VersionStore.LastAsync(transaction.Connection!, cancellationToken);
            head = new VersionHead(
                (last?.Version ?? 0) + 1, moment.Current.Now, order.PublishedBy, order.Reason, order.Description, order.ScenarioId, ForecastEngine.Version, JointPaths.Seed,
                moment.Current.Horizon.Calendar.Name, currency, [.. told.Where(scope => scope.Ahead.Count == 0).Select(scope => scope.TeamId)],
                inputs with { Calendar = moment.Current.Forecast.Special.Number, Prices = moment.Current.Forecast.Prices.Key });
            await VersionStore.WriteAsync(transaction, head, scopes.SelectMany(teamId => VersionTargets.Of(moment, teamId)), VersionTargets.Plan(moment), cancellationToken);
            await ActualStore.NoteLateAsync(transaction, head.Version, moment.Current, cancellationToken);
        }

        foreach (var chunk in told.Concat(ofBudgets).Chunk(ForecastPublished.MaxScopes))
        {
            var message = new ForecastPublished(Guid.CreateVersion7(moment.Current.Now), moment.Current.Now, currency, chunk, head?.Version);
            await outbox.AddAsync(transaction, message.MessageId, message, cancellationToken);
        }

        await PublicationStore.SetLookedAsync(transaction, moment.Current.Now, cancellationToken);
        return head;
    }

    /// <summary>What is told of the scopes of budgets that are no whole team. Nothing where Metering does not answer: it holds them against the version before.</summary>
    private async Task<IEnumerable<ForecastScope>> OfBudgetsAsync(ForecastMoment moment, CancellationToken cancellationToken)
    {
        try
        {
            BudgetView[] parts = [.. (await budgets.ListAsync("", cancellationToken)).Where(budget => !budget.Scope.IsWhole())];
            var known = await shares.OfAsync(moment.Current, parts, cancellationToken);
            return parts.Where(budget => !budget.Scope.NeedsShare() || known.ContainsKey(budget.BudgetId)).GroupBy(budget => budget.Scope.TeamId)
                .SelectMany(team => moment.Of(team.Key) is var layered ? team.Select(budget => ForecastScopes.MakeOf(budget, moment, layered, known.GetValueOrDefault(budget.BudgetId))) : []);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
        {
            LogNoBudgets(exception);
            return [];
        }
    }

    [LoggerMessage(LogLevel.Warning, "The version is published without forecasts of budgets' own scopes: Metering, which has them, does not answer.")]
    private partial void LogNoBudgets(Exception exception);
}
