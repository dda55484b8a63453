using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Versions;

namespace Platform.Forecast.Accuracy;

/// <summary>Answers how published forecasts did.</summary>
internal sealed class GetAccuracy(AccuracyStore store, ActualStore actuals, VersionStore versions, OrganisationDirectory organisation, TimeProvider time)
{
    public const int DefaultDays = 180;

    public async Task<AccuracyReport> RunAsync(GetAccuracyRequest request, CancellationToken cancellationToken)
    {
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        if (request.Version != 0)
        {
            await versions.RequireAsync(request.Version, cancellationToken);
        }

        var judged = new Judged(Moments.Read("since", request.Since) ?? time.GetUtcNow().AddDays(-DefaultDays), request.Version);
        var through = await actuals.ReadThroughAsync(cancellationToken);
        var figures = through is { } last ? await store.ReadFiguresAsync(judged, last, request.TeamId, cancellationToken) : [];
        var report = new AccuracyReport
        {
            TeamId = request.TeamId,
            Currency = await organisation.ReadCurrencyAsync(cancellationToken),
            Versions = await store.CountAsync(judged, cancellationToken),
            VersionsJudged = figures.Select(figure => figure.Version).Distinct().Count(),
            CountedThrough = through?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
        };
        var scores = new Scores();
        var noted = 0L;
        if (figures.Count > 0)
        {
            var since = figures.Min(figure => figure.Figure.From);
            var plans = await store.ReadPlansAsync(judged, request.TeamId, cancellationToken);
            NamedSegments[] planned = [.. plans.SelectMany(version => version).Select(item => item.Named).Distinct()];
            string[]? teams = request.TeamId.Length > 0 ? [request.TeamId] : null;
            var late = await actuals.ReadLateOfVersionsAsync(since, teams, cancellationToken);
            var came = new Actuals(await actuals.ReadTeamsAsync(since, teams, cancellationToken), await actuals.ReadSegmentsAsync(since, planned, cancellationToken), late);
            scores.Add(figures, came, plans);
            noted = late.Sum(cost => cost.Nanos);
            report.LateNanos = await actuals.ReadLateAsync(since, request.TeamId, cancellationToken);
        }

        report.Rows.AddRange(scores.Of(request.TeamId));
        report.Teams.AddRange(request.TeamId.Length == 0 ? scores.Teams() : []);
        report.Maturity = MaturityOf.Of(scores.Find(request.TeamId, Layer.Total, LeadGroup.FourWeeks));
        report.Notes.AddRange(Notes(report, noted));
        if (request is { Since: null, Version: 0 } && await store.FindOlderAsync(judged, cancellationToken) is { } older)
        {
            var (versions, are, them) = older.Count == 1 ? ("One daily version", "is", "it") : ($"{older.Count} daily versions", "are", "them");
            var command = $"kt forecast accuracy --since {older.First.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}{(request.TeamId.Length > 0 ? $" --team {request.TeamId}" : "")}";
            report.Notes.Add($"{versions} from before the last {DefaultDays} days {are} not judged here: {command} takes {them} in. What is said of more than half a year ahead can be judged by older versions alone.");
        }

        return report;
    }

    /// <param name="noted">What versions noted of what came late.</param>
    private static IEnumerable<string> Notes(AccuracyReport report, long noted)
    {
        if (report.Versions == 0)
        {
            yield return "No version was published in this time: kt forecast list shows all.";
        }
        else if (report.VersionsJudged == 0)
        {
            yield return $"Nothing can be judged yet: a day counts {ActualStore.WaitDays} days after its end, and no target of these versions has ended and counts.";
        }

        if (report.LateNanos != 0)
        {
            yield return $"After days were counted {new Money(report.LateNanos).ToRoundedString(report.Currency)} {report.Currency} came of them{(report.LateNanos < 0 ? ", so that less came than was counted" : "")}. {new Money(noted).ToRoundedString(report.Currency)} of it was noted by versions of its quarter, which have it in what their month or quarter had cost: it is in scores of those that noted it and of later ones, and in no other. An accuracy that was told stays as it was.";
        }
    }
}
