using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using AccuracyClient = Platform.Contracts.Forecast.V1.Accuracy.AccuracyClient;

namespace Platform.Api.Forecasts;

internal static class AccuracyEndpoints
{
    public static void MapAccuracy(this WebApplication app) => app.MapGroup("/v1/forecast").WithTags("forecast")
        .MapGet("/accuracy", GetAsync).WithSummary("How published forecasts did, by layer and lead time, with simple rules beside them.");

    private static async Task<AccuracyBody> GetAsync(string? team_id, string? since, long? version, AccuracyClient accuracy, TimeProvider time, HttpContext http)
    {
        var request = new GetAccuracyRequest { TeamId = team_id ?? "", Version = VersionEndpoints.Number("version", version) };
        if (!string.IsNullOrEmpty(since))
        {
            request.Since = TimeRange.Since(since, time.GetUtcNow()).ToTimestampUtc();
        }

        return AccuracyBody.From(await accuracy.GetAccuracyAsync(request, Call.Options(http)));
    }
}

/// <param name="Versions">That were looked at; those judged could be judged at least once.</param>
/// <param name="CountedThrough">The last day that counts; null: none does yet.</param>
/// <param name="Late">What came of days after they were counted: in scores of versions of its quarter that noted it and of later ones, and in no other.</param>
/// <param name="Teams">Of the organisation: each team's totals of four weeks.</param>
internal sealed record AccuracyBody(
    string TeamId, string Currency, int Versions, int VersionsJudged, string? CountedThrough, Money Late, MaturityBody Maturity, IReadOnlyList<ScoreBody> Scores,
    IReadOnlyList<ScoreBody> Teams, IReadOnlyList<string> Notes)
{
    public static AccuracyBody From(AccuracyReport report) => new(
        report.TeamId, report.Currency, report.Versions, report.VersionsJudged, report.CountedThrough.Length == 0 ? null : report.CountedThrough, new(report.LateNanos),
        new(report.Maturity.Band, report.Maturity.HasVariance ? report.Maturity.Variance : null, report.Maturity.Targets, report.Maturity.Sentence),
        [.. report.Rows.Select(ScoreBody.From)], [.. report.Teams.Select(ScoreBody.From)], report.Notes);
}

/// <param name="Band">run_best, run, walk, crawl, beyond_crawl or not_enough.</param>
/// <param name="Variance">The WAPE of totals of four weeks; null: not enough yet.</param>
internal sealed record MaturityBody(string Band, double? Variance, int Targets, string Sentence);

/// <param name="TeamId">Empty: the organisation.</param>
/// <param name="Kind">day, days, month_end, month, quarter or twelve_months.</param>
/// <param name="Lead">Of day and days: days ahead. Of month_end: at most so many days before the end. Of month and quarter: periods ahead.</param>
/// <param name="Actual">What came, and what was expected (medians), summed over targets.</param>
/// <param name="Wape">Null where nothing came: there is nothing to measure a share of. Likewise the other shares.</param>
/// <param name="Bias">Above zero: too much was forecast.</param>
/// <param name="Pinball">Mean of the three quantile losses.</param>
/// <param name="Coverage80">Share of targets that the 80 % band held.</param>
/// <param name="Rules">What run_rate and seasonal_naive would have said then; of totals.</param>
internal sealed record ScoreBody(
    string TeamId, string Layer, string Kind, int Lead, int Targets, Money Actual, Money Forecast, double? Wape, double? Bias, double? Pinball10, double? Pinball50, double? Pinball90,
    double? Pinball, double Coverage80, IReadOnlyList<RuleBody> Rules)
{
    public static ScoreBody From(ScoreRow row) => new(
        row.TeamId, EnumText.Of(row.Layer), row.Kind, row.Lead, row.Targets, new(row.ActualNanos), new(row.ForecastNanos), row.HasWape ? row.Wape : null, row.HasBias ? row.Bias : null,
        row.HasPinball10 ? row.Pinball10 : null, row.HasPinball50 ? row.Pinball50 : null, row.HasPinball90 ? row.Pinball90 : null, row.HasPinball ? row.Pinball : null, row.Coverage80,
        [.. row.Rules.Select(rule => new RuleBody(rule.Rule, rule.Wape, rule.Bias, rule.Pinball))]);
}

/// <param name="Rule">run_rate or seasonal_naive.</param>
internal sealed record RuleBody(string Rule, double Wape, double Bias, double Pinball);
