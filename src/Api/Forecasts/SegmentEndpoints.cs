using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using SegmentsClient = Platform.Contracts.Forecast.V1.Segments.SegmentsClient;

namespace Platform.Api.Forecasts;

internal static class SegmentEndpoints
{
    // The first answer of a day forecasts every segment of the organisation.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(2);

    public static void MapSegments(this WebApplication app) => app.MapGroup("/v1/forecast").WithTags("forecast")
        .MapGet("/segments", GetAsync).WithSummary("The baseline of each team × workload × lane, with growth apart from level, and its sums; with by_model also of each provider and model.");

    /// <summary>The period that a query names; the current month where it names none.</summary>
    public static PeriodKind Period(string? name) => string.IsNullOrEmpty(name) ? PeriodKind.Month
        : EnumText.TryParse<PeriodKind>(name, out var kind) ? kind
        : throw RpcErrors.InvalidArgument($"period must be one of {EnumText.Names<PeriodKind>()}.");

    private static async Task<SegmentsBody> GetAsync(string? team_id, string? time_zone, string? period, bool? by_model, SegmentsClient segments, HttpContext http) =>
        SegmentsBody.From(await segments.GetSegmentsAsync(
            new GetSegmentsRequest { TeamId = team_id ?? "", TimeZone = time_zone ?? "", Period = Period(period), ByModel = by_model ?? false }, Call.Options(http, AnswerLimit)));
}

/// <param name="Notes">For people: what of the period that was asked for is in no figure. Empty: nothing.</param>
internal sealed record SegmentsBody(
    string Currency, DateTimeOffset? AsOf, DateTimeOffset? PeriodStart, DateTimeOffset? PeriodEnd, SegmentSumBody Total, IReadOnlyList<SegmentSumBody> Teams,
    IReadOnlyList<SegmentBody> Segments, IReadOnlyList<string> Notes)
{
    public static SegmentsBody From(GetSegmentsResponse answer) => new(
        answer.Currency, answer.AsOf.ToMoment(), answer.PeriodStart.ToMoment(), answer.PeriodEnd.ToMoment(), SegmentSumBody.From(answer.Total),
        [.. answer.Teams.Select(SegmentSumBody.From)], [.. answer.Segments.Select(SegmentBody.From)], answer.Notes);
}

/// <summary>A sum of segments. Expected figures add up to the last digit; quantiles are read off sums of paths and do not.</summary>
/// <param name="TeamId">Empty for the organisation.</param>
/// <param name="Parts">By provider and model; empty unless by_model was asked for.</param>
/// <param name="Adjustment">Of what was spent, money without tokens, which is of no segment: with it the segments add up to the sum.</param>
internal sealed record SegmentSumBody(string TeamId, Money P10, Money P50, Money P90, GrowthBody Growth, IReadOnlyList<ModelPartBody> Parts, Money Adjustment)
{
    public static SegmentSumBody From(SegmentSum sum) => new(
        sum.TeamId, new(sum.P10Nanos), new(sum.P50Nanos), new(sum.P90Nanos), GrowthBody.From(sum.Growth), [.. sum.Parts.Select(ModelPartBody.From)],
        new(sum.AdjustmentNanos));
}

/// <summary>What one provider and model have of a segment or of a sum. Spent and expected figures add up to the last digit; quantiles are read off sums of paths and do not.</summary>
/// <param name="Provider">Empty, as the model is, where usage named neither.</param>
internal sealed record ModelPartBody(string Provider, string Model, Money P10, Money P50, Money P90, Money Spent, Money Expected)
{
    public static ModelPartBody From(ModelPart part) => new(
        part.Provider, part.Model, new(part.P10Nanos), new(part.P50Nanos), new(part.P90Nanos), new(part.SpentNanos), new(part.ExpectedNanos));
}

/// <summary>What is expected, taken apart: spent + level + calls + tokens_per_call + price_per_token.</summary>
/// <param name="Level">The rest of the period at the mean day of the last four weeks.</param>
internal sealed record GrowthBody(Money Expected, Money Spent, Money Level, Money Calls, Money TokensPerCall, Money PricePerToken)
{
    public static GrowthBody From(Growth growth) => new(
        new(growth.ExpectedNanos), new(growth.SpentNanos), new(growth.LevelNanos), new(growth.CallsNanos), new(growth.TokensPerCallNanos),
        new(growth.PricePerTokenNanos));
}

/// <param name="Basis">own, borrowed, stopped or unknown.</param>
/// <param name="CallsTrend">Change by the week as a share.</param>
/// <param name="Model">How its forecast was made.</param>
/// <param name="Parts">By provider and model; empty unless by_model was asked for.</param>
internal sealed record SegmentBody(
    string TeamId, string Workload, string Lane, string Basis, Money P10, Money P50, Money P90, GrowthBody Growth, TrendBody CallsTrend,
    TrendBody TokensPerCallTrend, TrendBody PricePerTokenTrend, string Model, IReadOnlyList<string> Findings, int HistoryDays, IReadOnlyList<ModelPartBody> Parts)
{
    public static SegmentBody From(SegmentForecast segment) => new(
        segment.TeamId, segment.Workload, segment.Lane, EnumText.Of(segment.Basis), new(segment.P10Nanos), new(segment.P50Nanos), new(segment.P90Nanos),
        GrowthBody.From(segment.Growth), TrendBody.From(segment.Calls), TrendBody.From(segment.TokensPerCall), TrendBody.From(segment.PricePerToken), segment.Model,
        segment.Findings, segment.HistoryDays, [.. segment.Parts.Select(ModelPartBody.From)]);
}

/// <param name="Low">0.01 is one percent a week; the ends of an 80 % band.</param>
internal sealed record TrendBody(double Low, double Middle, double High)
{
    public static TrendBody From(WeeklyTrend trend) => new(trend.Low, trend.Middle, trend.High);
}
