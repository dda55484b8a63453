using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using BudgetsClient = Platform.Contracts.Metering.V1.Budgets.BudgetsClient;

namespace Platform.Api.Budgets;

/// <summary>Spend of a scope, watched by calendar period.</summary>
internal static class BudgetEndpoints
{
    public static void MapBudgets(this WebApplication app)
    {
        var budgets = app.MapGroup("/v1/budgets").WithTags("budgets");
        budgets.MapPost("", SetAsync).WithSummary("Makes a budget, or changes what is given of the one with this id.").Produces<BudgetBody>();
        budgets.MapGet("", ListAsync).WithSummary("Budgets with what is spent and projected in their current period, by id.");
        budgets.MapGet("/{id}", GetAsync).WithSummary("One budget.");
        budgets.MapDelete("/{id}", RemoveAsync).WithSummary("Ends a budget; its history stays.");
        budgets.MapGet("/{id}/history", HistoryAsync).WithSummary("What a budget has crossed, found unusual, and what was done with it, newest first.");
        budgets.MapPost("/{id}/acknowledge", AcknowledgeAsync).WithSummary("Marks all that is open in a budget's history as seen.").Produces<BudgetBody>();
        budgets.MapPost("/{id}/snooze", SnoozeAsync).WithSummary("Keeps a budget silent until a moment; without one, ends its silence.").Produces<BudgetBody>();
    }

    private static async Task<IResult> SetAsync(SetBudgetBody body, BudgetsClient budgets, HttpContext http)
    {
        var request = new SetBudgetRequest
        {
            BudgetId = Require.Text("budget_id", body.BudgetId),
            Scope = body.Scope?.ToContract(),
            Period = string.IsNullOrEmpty(body.Period) ? BudgetPeriod.Unspecified : Period(body.Period),
            TimeZone = body.TimeZone ?? "",
            Currency = body.Currency ?? "",
            ActualPercents = Percents(body.ActualPercents),
            ForecastPercents = Percents(body.ForecastPercents),
            IdempotencyKey = Call.IdempotencyKey(http),
        };
        body.Name.IfGiven(name => request.Name = name);
        if (body.Amount is { } amount)
        {
            request.AmountNanos = Require.PositiveNanos("amount", amount);
            request.Currency = Require.Text("currency", body.Currency);
        }

        if (body.RateAlerts is { } rateAlerts)
        {
            request.RateAlerts = rateAlerts;
        }

        if (body.HardLimit is { } hardLimit)
        {
            request.HardLimit = hardLimit;
        }

        return Results.Ok(BudgetBody.From(await budgets.SetBudgetAsync(request, Call.Options(http))));
    }

    private static async Task<BudgetsBody> ListAsync(string? team_id, bool? all, int? page_size, string? page_token, BudgetsClient budgets, HttpContext http)
    {
        var request = new ListBudgetsRequest { TeamId = team_id ?? "", IncludeRemoved = all ?? false, PageSize = page_size ?? 0, PageToken = page_token ?? "" };
        var answer = await budgets.ListBudgetsAsync(request, Call.Options(http));
        return new BudgetsBody([.. answer.Budgets.Select(BudgetBody.From)], answer.NextPageToken);
    }

    private static async Task<BudgetBody> GetAsync(string id, BudgetsClient budgets, HttpContext http) =>
        BudgetBody.From(await budgets.GetBudgetAsync(new GetBudgetRequest { BudgetId = id }, Call.Options(http)));

    private static async Task<BudgetBody> RemoveAsync(string id, BudgetsClient budgets, HttpContext http) =>
        BudgetBody.From(await budgets.RemoveBudgetAsync(new RemoveBudgetRequest { BudgetId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static async Task<BudgetHistoryBody> HistoryAsync(string id, int? limit, BudgetsClient budgets, HttpContext http) =>
        BudgetHistoryBody.From(await budgets.GetBudgetHistoryAsync(new GetBudgetHistoryRequest { BudgetId = id, Limit = limit ?? 0 }, Call.Options(http)));

    private static async Task<IResult> AcknowledgeAsync(string id, AcknowledgeBudgetBody? body, BudgetsClient budgets, HttpContext http) =>
        Results.Ok(BudgetBody.From(await budgets.AcknowledgeBudgetAsync(
            new AcknowledgeBudgetRequest { BudgetId = id, Note = body?.Note ?? "", IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http))));

    private static async Task<IResult> SnoozeAsync(string id, SnoozeBudgetBody? body, BudgetsClient budgets, HttpContext http) =>
        Results.Ok(BudgetBody.From(await budgets.SnoozeBudgetAsync(
            new SnoozeBudgetRequest { BudgetId = id, Until = body?.Until.ToTimestampUtc(), Note = body?.Note ?? "", IdempotencyKey = Call.IdempotencyKey(http) },
            Call.Options(http))));

    private static BudgetPeriod Period(string text) => EnumText.TryParse<BudgetPeriod>(text, out var period)
        ? period
        : throw RpcErrors.InvalidArgument($"There is no period '{text}'. Periods: {EnumText.Names<BudgetPeriod>()}.");

    private static BudgetPercents? Percents(IReadOnlyList<int>? percents) => percents is null ? null : new BudgetPercents { Percents = { percents } };
}
