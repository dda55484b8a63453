using System.Globalization;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using LayersClient = Platform.Contracts.Forecast.V1.Layers.LayersClient;

namespace Platform.Api.Forecasts;

internal static class LayerEndpoints
{
    // The first answer of a day forecasts every segment of the organisation.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(2);

    public static void MapLayers(this WebApplication app)
    {
        var forecast = app.MapGroup("/v1/forecast").WithTags("forecast");
        forecast.MapGet("/layers", GetAsync).WithSummary("Baseline, control, resilience and total by calendar period, with what they rest on.");
        forecast.MapGet("/allocation", AllocationAsync).WithSummary("How a total for the next month is best given to teams, and what it leaves unfunded. Changes nothing.");
        forecast.MapGet("/effect", EffectAsync).WithSummary("What spend did after a change of controls, or after a day, beside what its past made likely.");
        forecast.MapGet("/controls", ControlsAsync).WithSummary("Changes of what governs spend, newest first: allocations, budgets, routing policies, caps, freezes, wallet policies.");
    }

    private static async Task<LayersBody> GetAsync(string? team_id, string? time_zone, double? confidence, LayersClient layers, HttpContext http) =>
        LayersBody.From(await layers.GetLayersAsync(
            new GetLayersRequest { TeamId = team_id ?? "", TimeZone = time_zone ?? "", Confidence = Require.Confidence(confidence) }, Call.Options(http, AnswerLimit)));

    private static async Task<AllocationPlanBody> AllocationAsync(string? total, double? confidence, string? time_zone, bool? count_refused, LayersClient layers, HttpContext http)
    {
        var amount = decimal.TryParse(total, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var given) && Money.TryFromDecimal(given, out var money)
            ? money
            : throw RpcErrors.InvalidArgument("total must be an amount such as 50000.00.", Reasons.AmountInvalid);
        return AllocationPlanBody.From(await layers.PlanAllocationAsync(
            new PlanAllocationRequest { TotalNanos = amount.Nanos, Confidence = Require.Confidence(confidence), TimeZone = time_zone ?? "", CountRefused = count_refused ?? false }, Call.Options(http, AnswerLimit)));
    }

    private static async Task<ControlsBody> ControlsAsync(
        string? team_id, string? kind, string? since, string? until, int? limit, LayersClient layers, TimeProvider time, HttpContext http)
    {
        var request = new ListControlsRequest { TeamId = team_id ?? "", Kind = kind ?? "", Limit = limit ?? 0, Until = TimeRange.Moment("until", until).ToTimestampUtc() };
        if (!string.IsNullOrEmpty(since))
        {
            request.Since = TimeRange.Since(since, time.GetUtcNow()).ToTimestampUtc();
        }

        var answer = await layers.ListControlsAsync(request, Call.Options(http));
        return new ControlsBody([.. answer.Controls.Select(ControlBody.From)], answer.ControlsTotal);
    }

    private static async Task<EffectBody> EffectAsync(
        string? event_id, string? since, string? team_id, string? workload, string? lane, string? time_zone, int? days, LayersClient layers, HttpContext http) =>
        EffectBody.From(await layers.GetEffectAsync(
            new GetEffectRequest
            {
                EventId = event_id ?? "", Since = since ?? "", TeamId = team_id ?? "", Workload = workload ?? "", Lane = lane ?? "", TimeZone = time_zone ?? "", Days = days ?? 0,
            },
            Call.Options(http, AnswerLimit)));
}

/// <param name="ControlsTotal">How many there are, however many are listed.</param>
internal sealed record ControlsBody(IReadOnlyList<ControlBody> Controls, int ControlsTotal);

/// <param name="EventId">Empty of a price, which is no event.</param>
/// <param name="Kind">allocation, budget, policy (of routing), cap, freeze or wallet_policy; among the others of an effect also price: a price of the book began, of a model that is used.</param>
/// <param name="TeamId">Empty: all.</param>
/// <param name="Subject">The wallet, the budget, the policy's version, the cap, or what was frozen: a wallet, a team or a key.</param>
/// <param name="FromTeamId">Of money that goes from one team to another the one that gives; empty otherwise.</param>
internal sealed record ControlBody(string EventId, DateTimeOffset? OccurredAt, string Kind, string TeamId, string Subject, string Actor, string Summary, string FromTeamId)
{
    public static ControlBody From(ControlChange change) => new(
        change.EventId, change.OccurredAt.ToMoment(), change.Kind, change.TeamId, change.Subject, change.Actor, change.Summary, change.FromTeamId);
}

/// <summary>What spend did after a change; quantiles of what would have come without it, and of the difference.</summary>
/// <param name="Visible">False: none is in the 80 % band.</param>
/// <param name="Others">Other changes of the days looked at, whose effect cannot be told apart; at most 100 of others_total.</param>
internal sealed record EffectBody(
    string TeamId, string Currency, ControlBody? Change, string FirstDay, int Days, int DaysBefore, Money Actual, Money ExpectedP10, Money ExpectedP50, Money ExpectedP90,
    Money DifferenceP10, Money DifferenceP50, Money DifferenceP90, ShareBody Share, bool Visible, string Sentence, IReadOnlyList<ControlBody> Others, int OthersTotal)
{
    public static EffectBody From(ControlEffect effect) => new(
        effect.TeamId, effect.Currency, effect.Change is { } change ? ControlBody.From(change) : null, effect.FirstDay, effect.Days, effect.DaysBefore, new(effect.ActualNanos),
        new(effect.ExpectedP10Nanos), new(effect.ExpectedP50Nanos), new(effect.ExpectedP90Nanos), new(effect.DifferenceP10Nanos), new(effect.DifferenceP50Nanos),
        new(effect.DifferenceP90Nanos), ShareBody.From(effect.Share), effect.Visible, effect.Sentence, [.. effect.Others.Select(ControlBody.From)], effect.OthersTotal);
}

/// <param name="Calendar">Null where no calendar looks for anything.</param>
/// <param name="Wallets">Of an asked team whose users or applications have wallets: each by itself, the team's own first.</param>
/// <param name="Caps">Active period caps of the organisation and of each team, or of the asked team. Those of users and keys are not judged.</param>
internal sealed record LayersBody(
    string TeamId, string Currency, DateTimeOffset? AsOf, string TimeZone, IReadOnlyList<PeriodBody> Periods, IReadOnlyList<PeriodBody> Months, EvidenceBody Evidence,
    IReadOnlyList<FundsOutlookBody> Funds, IReadOnlyList<WalletOutlookBody> Wallets, IReadOnlyList<BudgetOutlookBody> Budgets, IReadOnlyList<CapOutlookBody> Caps, CalendarEvidenceBody? Calendar, IReadOnlyList<string> Notes)
{
    public static LayersBody From(LayeredForecast forecast) => new(
        forecast.TeamId, forecast.Currency, forecast.AsOf.ToMoment(), forecast.TimeZone, [.. forecast.Periods.Select(PeriodBody.From)], [.. forecast.Months.Select(PeriodBody.From)],
        EvidenceBody.From(forecast.Evidence), [.. forecast.Funds.Select(FundsOutlookBody.From)],
        [.. forecast.Wallets.Select(WalletOutlookBody.From)], [.. forecast.Budgets.Select(BudgetOutlookBody.From)], [.. forecast.Caps.Select(CapOutlookBody.From)],
        forecast.Calendar is null ? null : CalendarEvidenceBody.From(forecast.Calendar), forecast.Notes);
}

/// <param name="Kind">month, next_month, quarter, next_quarter, twelve_months or next_year (as far as the twelve months go into it: its end says where); of a list of months empty.</param>
/// <param name="Growth">Of baseline, control and resilience together.</param>
/// <param name="Adjustment">Of what is to date, money without tokens: a fixed amount of the period, in the baseline.</param>
internal sealed record PeriodBody(string Kind, DateTimeOffset? PeriodStart, DateTimeOffset? PeriodEnd, IReadOnlyList<LayerBody> Layers, GrowthBody Growth, Money Adjustment)
{
    public static PeriodBody From(PeriodForecast period) => new(
        EnumText.Of(period.Kind), period.PeriodStart.ToMoment(), period.PeriodEnd.ToMoment(), [.. period.Layers.Select(LayerBody.From)], GrowthBody.From(period.Growth),
        new(period.AdjustmentNanos));
}

/// <param name="Layer">baseline, control, planned, resilience or total.</param>
/// <param name="Expected">With what is to date; those of the layers add up to the total's. Quantiles do not add up.</param>
internal sealed record LayerBody(string Layer, Money ToDate, Money Expected, Money P10, Money P50, Money P90)
{
    public static LayerBody From(LayerFigures figures) => new(
        EnumText.Of(figures.Layer), new(figures.ToDateNanos), new(figures.ExpectedNanos), new(figures.P10Nanos), new(figures.P50Nanos), new(figures.P90Nanos));
}

/// <summary>What the layers of accounting rest on: fallbacks of 91 days, the rest of 28.</summary>
/// <param name="CostOfBound">What calls cost of their bounds; refused calls are counted at so much of theirs.</param>
internal sealed record EvidenceBody(
    long Calls, long FallbackCalls, Money FellBack, Money FellBackPrimary, ShareBody Premium, Money Routed, Money RoutedDefault, ShareBody Saving, long DeniedCalls,
    Money DeniedBound, double CostOfBound, Money Shadowed, Money ShadowedRule)
{
    public static EvidenceBody From(LayerEvidence evidence) => new(
        evidence.Calls, evidence.FallbackCalls, new(evidence.FellBackNanos), new(evidence.FellBackPrimaryNanos), ShareBody.From(evidence.Premium),
        new(evidence.RoutedNanos), new(evidence.RoutedDefaultNanos), ShareBody.From(evidence.Saving), evidence.DeniedCalls, new(evidence.DeniedBoundNanos),
        evidence.CostOfBound, new(evidence.ShadowedNanos), new(evidence.ShadowedRuleNanos));
}

/// <summary>A share with its 80 % band; 0.01 is one percent.</summary>
internal sealed record ShareBody(double Low, double Middle, double High)
{
    public static ShareBody From(Share share) => new(share.Low, share.Middle, share.High);
}
