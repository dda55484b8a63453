using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using DiagnosesClient = Platform.Contracts.Forecast.V1.Diagnoses.DiagnosesClient;

namespace Platform.Api.Forecasts;

/// <summary><c>GET /v1/forecast/diagnosis</c>: what is unusual about how teams spend.</summary>
internal static class DiagnosisEndpoint
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(3);

    public static void MapDiagnosis(this WebApplication app) =>
        app.MapGet("/v1/forecast/diagnosis", GetAsync).WithTags("forecast").WithSummary(
            "What is unusual about how teams spend: findings by written rules, with figures beside thresholds, money, a recommended command and evidence; and the rules.");

    private static async Task<DiagnosisBody> GetAsync(string? team_id, string? time_zone, DiagnosesClient diagnoses, HttpContext http) =>
        DiagnosisBody.From(await diagnoses.DiagnoseAsync(new DiagnoseRequest { TeamId = team_id ?? "", TimeZone = time_zone ?? "" }, Call.Options(http, AnswerLimit)));
}

/// <param name="Findings">Those that concern most money first; those that concern none last.</param>
/// <param name="LeftOut">Findings that concern less than half a hundredth of the currency, which are not among them; of failover_high they are.</param>
internal sealed record DiagnosisBody(
    string Currency, DateTimeOffset? AsOf, string TimeZone, IReadOnlyList<DiagnosisFindingBody> Findings, IReadOnlyList<DiagnosisRuleBody> Rules, int LeftOut)
{
    public static DiagnosisBody From(DiagnosisReport report) => new(
        report.Currency, report.AsOf.ToMoment(), report.TimeZone, [.. report.Findings.Select(DiagnosisFindingBody.From)],
        [.. report.Rules.Select(rule => new DiagnosisRuleBody(rule.Rule, rule.FiresWhen, rule.AmountIs))], report.LeftOut);
}

/// <param name="Amount">What it concerns, as its rule says; 0: no money.</param>
/// <param name="Command">For the act, or towards it.</param>
internal sealed record DiagnosisFindingBody(
    string Rule, string TeamId, string Sentence, IReadOnlyList<DiagnosisFigureBody> Figures, Money Amount, string Act, string Command, IReadOnlyList<VarianceEvidenceBody> Evidence)
{
    public static DiagnosisFindingBody From(DiagnosisFinding finding) => new(
        finding.Rule, finding.TeamId, finding.Sentence, [.. finding.Figures.Select(figure => new DiagnosisFigureBody(figure.Name, figure.Value, figure.Threshold))],
        new(finding.AmountNanos), finding.Act, finding.Command, [.. finding.Evidence.Select(evidence => new VarianceEvidenceBody(evidence.Text, evidence.Command))]);
}

/// <param name="Threshold">Of the rule; empty where it is for information.</param>
internal sealed record DiagnosisFigureBody(string Name, string Value, string Threshold);

internal sealed record DiagnosisRuleBody(string Rule, string FiresWhen, string AmountIs);
