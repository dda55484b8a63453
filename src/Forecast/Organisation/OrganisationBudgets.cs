using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Organisation;

/// <summary>Budgets, asked of Metering. Without its answer the call is UNAVAILABLE (DEPENDENCY_UNAVAILABLE): an answer without budgets would say that there are none.</summary>
internal sealed class OrganisationBudgets(Budgets.BudgetsClient budgets, TimeProvider time)
{
    private const string Silent = "The Metering service, which has the budgets,";
    private const int MostAtOnce = 1_000;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Active ones whose scope names the team; all for an empty id.</summary>
    public async Task<IReadOnlyList<BudgetView>> ListAsync(string teamId, CancellationToken cancellationToken) => await PageRequest.ReadAllAsync<BudgetView>(async token =>
    {
        var request = new ListBudgetsRequest { TeamId = teamId, PageSize = PageRequest.LargestSize, PageToken = token };
        var page = await Ask.ServiceAsync(time, AnswerLimit, Silent, options => budgets.ListBudgetsAsync(request, options), cancellationToken);
        return (page.Budgets, page.NextPageToken);
    });

    /// <summary>What was spent in budgets' scopes, by budget, on days with spend that are over; without those whose past is still being counted.</summary>
    /// <param name="history">Days that are looked back.</param>
    public async Task<Dictionary<string, Dictionary<DateOnly, long>>> ReadDaysAsync(IReadOnlyList<string> budgetIds, HorizonCalendar horizon, int history, CancellationToken cancellationToken)
    {
        var spent = new Dictionary<string, Dictionary<DateOnly, long>>(StringComparer.Ordinal);
        foreach (var ids in budgetIds.Chunk(MostAtOnce))
        {
            var request = new GetBudgetDaysRequest
            {
                BudgetIds = { ids }, TimeZone = horizon.Calendar.Name,
                From = horizon.Calendar.StartOf(horizon.Today.AddDays(-history)).ToTimestampUtc(), To = horizon.Calendar.StartOf(horizon.Today).ToTimestampUtc(),
            };
            var answer = await Ask.ServiceAsync(time, AnswerLimit, Silent, options => budgets.GetBudgetDaysAsync(request, options), cancellationToken);
            foreach (var budget in answer.Budgets)
            {
                spent[budget.BudgetId] = budget.Days.ToDictionary(day => DateOnly.Parse(day.Day, CultureInfo.InvariantCulture), day => day.SpentNanos);
            }
        }

        return spent;
    }
}
