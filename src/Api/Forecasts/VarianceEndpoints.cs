using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using VariancesClient = Platform.Contracts.Forecast.V1.Variances.VariancesClient;

namespace Platform.Api.Forecasts;

/// <summary><c>GET /v1/forecast/variance</c>: what a change of spend between two periods comes from.</summary>
internal static class VarianceEndpoints
{
    // Of the forecast it may be the first answer of a day; waste is looked for among the records themselves.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(3);

    public static void MapVariance(this WebApplication app) =>
        app.MapGet("/v1/forecast/variance", GetAsync).WithTags("forecast").WithSummary(
            "The change of spend between two periods as growth, waste, planned investment, control and unexplained, adding up to the nano, with a sentence and evidence each.");

    private static async Task<VarianceBody> GetAsync(string? team_id, string? period, string? at, string? time_zone, VariancesClient variances, HttpContext http) =>
        VarianceBody.From(await variances.GetVarianceAsync(
            new GetVarianceRequest { TeamId = team_id ?? "", Comparison = Read(period), At = at ?? "", TimeZone = time_zone ?? "" }, Call.Options(http, AnswerLimit)));

    private static Comparison Read(string? period) => string.IsNullOrEmpty(period) ? Comparison.Month
        : EnumText.TryParse<Comparison>(period, out var comparison) ? comparison
        : throw RpcErrors.InvalidArgument($"period must be one of {EnumText.Names<Comparison>()}.");
}

/// <param name="Period">week, month or forecast.</param>
/// <param name="Teams">Largest change first.</param>
internal sealed record VarianceBody(
    string Currency, DateTimeOffset? AsOf, string TimeZone, string Period, DateTimeOffset? BeforeStart, DateTimeOffset? BeforeEnd, DateTimeOffset? CurrentStart,
    DateTimeOffset? CurrentEnd, VarianceSumBody Total, IReadOnlyList<VarianceSumBody> Teams, IReadOnlyList<string> Notes)
{
    public static VarianceBody From(VarianceReport report) => new(
        report.Currency, report.AsOf.ToMoment(), report.TimeZone, EnumText.Of(report.Comparison), report.BeforeStart.ToMoment(), report.BeforeEnd.ToMoment(),
        report.CurrentStart.ToMoment(), report.CurrentEnd.ToMoment(), VarianceSumBody.From(report.Total), [.. report.Teams.Select(VarianceSumBody.From)], report.Notes);
}

/// <param name="TeamId">Empty: the organisation.</param>
/// <param name="Change">The sum of the classes, and of the items, to the nano.</param>
internal sealed record VarianceSumBody(string TeamId, Money Before, Money Current, Money Change, VarianceClassesBody Classes, IReadOnlyList<VarianceItemBody> Items)
{
    public static VarianceSumBody From(VarianceSum sum) => new(
        sum.TeamId, new(sum.BeforeNanos), new(sum.CurrentNanos), new(sum.ChangeNanos), VarianceClassesBody.From(sum.Classes), [.. sum.Items.Select(VarianceItemBody.From)]);
}

internal sealed record VarianceClassesBody(Money Growth, Money Waste, Money PlannedInvestment, Money Control, Money Unexplained)
{
    public static VarianceClassesBody From(IEnumerable<VarianceClassSum> classes)
    {
        var sums = classes.ToDictionary(sum => sum.Class, sum => new Money(sum.ChangeNanos));
        return new VarianceClassesBody(
            sums[VarianceClass.Growth], sums[VarianceClass.Waste], sums[VarianceClass.PlannedInvestment], sums[VarianceClass.Control], sums[VarianceClass.Unexplained]);
    }
}

/// <param name="Class">growth, waste, planned_investment, control or unexplained.</param>
/// <param name="Driver">calendar, volume, workload_mix, lane_mix, model_mix, tokens_per_call, price, refusals, routing, fallback, failed, duplicates, abandoned, right_sizing, plan or corrections.</param>
/// <param name="Subject">The plan item; else empty.</param>
/// <param name="Before">Absent where it is a factor and no amount, as Current.</param>
/// <param name="Parts">The largest five.</param>
internal sealed record VarianceItemBody(
    string Class, string Driver, string Subject, Money Change, Money? Before, Money? Current, string Sentence, IReadOnlyList<VarianceEvidenceBody> Evidence,
    IReadOnlyList<VariancePartBody> Parts)
{
    public static VarianceItemBody From(VarianceItem item) => new(
        EnumText.Of(item.Class), EnumText.Of(item.Driver), item.Subject, new(item.ChangeNanos), item.HasBeforeNanos ? new(item.BeforeNanos) : null,
        item.HasCurrentNanos ? new(item.CurrentNanos) : null, item.Sentence, [.. item.Evidence.Select(evidence => new VarianceEvidenceBody(evidence.Text, evidence.Command))],
        [.. item.Parts.Select(part => new VariancePartBody(part.TeamId, part.Workload, part.Lane, part.Provider, part.Model, new(part.ChangeNanos)))]);
}

/// <param name="Command">Shows the records.</param>
internal sealed record VarianceEvidenceBody(string Text, string Command);

internal sealed record VariancePartBody(string TeamId, string Workload, string Lane, string Provider, string Model, Money Change);
