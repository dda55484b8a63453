using Npgsql;
using Platform.Metering.Intake;

namespace Platform.Metering.Alerts;

/// <summary>Alerts of usage that an intake stores without a cost, and that no price of the book is to rate: one a day and model, in the intake's own transaction.</summary>
internal sealed class UnpricedAlerts(RaiseAlert raise)
{
    /// <summary>A batch of invented names must not become a flood; what is left out comes with the next batch that has it, or stands in the list of unpriced usage.</summary>
    private const int MostModels = 10;

    public async Task AddAsync(NpgsqlTransaction transaction, IReadOnlyCollection<RatedUsage> stored, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var alerts = stored.Where(usage => usage.Cost is null && usage.OwedPriceId is null)
            .CountBy(usage => (usage.Event.Provider, usage.Event.ModelServed))
            .OrderByDescending(model => model.Value)
            .Select(model => AlertOf.UsageUnpriced(model.Key.Provider, model.Key.ModelServed, model.Value, now))
            .ToList();
        if (alerts.Count == 0)
        {
            return;
        }

        // Those that were told today take no room from others: the same models lead each batch of whoever sends them.
        var told = alerts.Count > MostModels ? await AlertStore.ReadKnownAsync(transaction, [.. alerts.Select(alert => alert.AlertId)], cancellationToken) : [];
        foreach (var alert in alerts.Where(alert => !told.Contains(alert.AlertId)).Take(MostModels).OrderBy(alert => alert.AlertId))
        {
            await raise.AddAsync(transaction, alert, cancellationToken);
        }
    }
}
