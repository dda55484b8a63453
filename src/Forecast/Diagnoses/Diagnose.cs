using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Series;

namespace Platform.Forecast.Diagnoses;

/// <summary>Answers what is unusual about how teams spend.</summary>
internal sealed class Diagnose(ReadTeamFacts facts, OrganisationDirectory organisation, TimeProvider time)
{
    public async Task<DiagnosisReport> RunAsync(DiagnoseRequest request, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var teams = await facts.RunAsync(calendar, now, currency, request.TeamId, cancellationToken);
        var findings = DiagnosisRules.Find(teams).ToList();
        return new DiagnosisReport
        {
            Currency = currency,
            AsOf = now.ToTimestampUtc(),
            TimeZone = calendar.Name,
            Findings = { findings.Where(finding => DiagnosisRules.IsWorthSaying(finding, currency)) },
            LeftOut = findings.Count(finding => !DiagnosisRules.IsWorthSaying(finding, currency)),
            Rules = { DiagnosisRules.All.Select(rule => new DiagnosisRule { Rule = rule.Name, FiresWhen = rule.FiresWhen, AmountIs = rule.AmountIs }) },
        };
    }
}
