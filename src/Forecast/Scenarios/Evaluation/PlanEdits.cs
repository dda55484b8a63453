using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>From plan changes to the items that they leave, one after the other. Pure.</summary>
internal static class PlanEdits
{
    private const int UsualSpreadPpm = 300_000;

    /// <param name="rows">Active items as they are kept, priced or not.</param>
    /// <param name="items">Those of them that have a price.</param>
    /// <param name="teams">That there are.</param>
    public static List<PlanEdit> Of(
        IReadOnlyList<Change> changes, IReadOnlyList<PlanRow> rows, IEnumerable<PricedItem> items, PlanBook book, IReadOnlyCollection<string> teams,
        CurrentForecast current, List<string> problems)
    {
        var known = rows.ToDictionary(row => row.PlanId, StringComparer.Ordinal);
        var priced = items.ToDictionary(item => item.Item.PlanId, StringComparer.Ordinal);

        // How plans came stays what it is, whatever is planned.
        var record = priced.Values.FirstOrDefault()?.Record ?? PlanRecord.None;
        var edits = new List<PlanEdit>();
        foreach (var (place, change) in changes.Index())
        {
            if (change is not PlanChange plan)
            {
                continue;
            }

            (PlanRow Item, double NanosPerCall)? then = null;
            if (plan.Drop && known.Remove(plan.PlanId) is false)
            {
                problems.Add($"'{plan.Line}': there is no plan item '{plan.PlanId}' to drop; kt forecast plan list shows them.");
            }
            else if (!plan.Drop && RowOf(plan, known.GetValueOrDefault(plan.PlanId), teams, problems) is { } row)
            {
                known[plan.PlanId] = row;
                then = Priced(plan, row, book, problems);
            }

            edits.AddRange(Edit(place, plan.PlanId, then, priced, record, current));
        }

        return edits;
    }

    /// <summary>Null where it is none that could be planned.</summary>
    public static PlanRow? RowOf(PlanChange change, PlanRow? known, IReadOnlyCollection<string> teams, List<string> problems)
    {
        var fields = change.Fields;
        if (known is null && change.CallsShare is not null)
        {
            problems.Add($"'{change.Line}': there is no plan item '{change.PlanId}' whose calls could be more or fewer.");
            return null;
        }

        var row = known ?? new PlanRow(
            change.PlanId, change.PlanId, "", "", "", "", "", default, 0, 0, 0, 0, PlanRow.Certain, UsualSpreadPpm, null, "", "", true, DateTimeOffset.UnixEpoch, "");
        row = row with
        {
            Name = fields.Name ?? row.Name, TeamId = fields.TeamId ?? row.TeamId, Workload = fields.Workload ?? row.Workload, Lane = fields.Lane ?? row.Lane,
            Provider = fields.Provider ?? (fields.Model is null ? row.Provider : ""), Model = fields.Model ?? row.Model, StartsOn = fields.StartsOn ?? row.StartsOn,
            EndsOn = fields.EndsOn == default(DateOnly) ? null : fields.EndsOn ?? row.EndsOn, RampDays = fields.RampDays ?? row.RampDays,
            CallsPerDay = change.CallsShare is { } share ? Math.Max(1, Projection.Nanos.FromForecast(row.CallsPerDay * (1 + share))) : fields.CallsPerDay ?? row.CallsPerDay,
            InputTokens = fields.InputTokens ?? row.InputTokens, OutputTokens = fields.OutputTokens ?? row.OutputTokens,
            ProbabilityPpm = fields.ProbabilityPpm ?? row.ProbabilityPpm, SpreadPpm = fields.SpreadPpm ?? row.SpreadPpm,
        };
        string[] found = [.. PlanCheck.Problems(row.ToItem(), teams), .. fields.ProbabilityPpm == 0 ? ["probability= must be above 0%; drop=yes drops it."] : Array.Empty<string>()];
        problems.AddRange(found.Select(problem => $"'{change.Line}': {problem}"));
        return found.Length == 0 ? row : null;
    }

    /// <summary>The change's own item, then those beside it to which the change leaves more or less of what their segments rose by: each nano of it is one item's.</summary>
    /// <param name="then">What becomes of the change's own; null: it goes.</param>
    /// <param name="priced">As the changes before leave them; this one is made in it.</param>
    private static List<PlanEdit> Edit(
        int place, string planId, (PlanRow Item, double NanosPerCall)? then, Dictionary<string, PricedItem> priced, PlanRecord record, CurrentForecast current)
    {
        var before = priced.GetValueOrDefault(planId);
        priced.Remove(planId);
        string?[] teams = [before?.Item.TeamId, then?.Item.TeamId];
        var others = priced.Values.Where(item => teams.Contains(item.Item.TeamId)).Select(item => (item.Item, item.NanosPerCall));
        var made = ReadPlan.Priced([.. others, .. then is { } own ? [own] : Array.Empty<(PlanRow, double)>()], current, record).ToDictionary(item => item.Item.PlanId, StringComparer.Ordinal);
        var edits = new List<PlanEdit> { new(place, before, made.GetValueOrDefault(planId)) };
        edits.AddRange(made.Values.Where(item => priced.TryGetValue(item.Item.PlanId, out var was) && was.Progress != item.Progress).Select(item => new PlanEdit(place, priced[item.Item.PlanId], item)));
        foreach (var after in edits.Select(edit => edit.After).OfType<PricedItem>())
        {
            priced[after.Item.PlanId] = after;
        }

        return edits;
    }

    private static (PlanRow Item, double NanosPerCall)? Priced(PlanChange change, PlanRow row, PlanBook book, List<string> problems)
    {
        var price = PlanPrices.Of(row, book);
        if ((price.NanosPerCall is null ? price.Note : PlanCheck.CostProblem(row, price)) is not { } problem)
        {
            return (row, price.NanosPerCall!.Value);
        }

        problems.Add($"'{change.Line}': {problem}");
        return null;
    }
}
