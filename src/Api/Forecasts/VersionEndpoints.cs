using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using VersionsClient = Platform.Contracts.Forecast.V1.Versions.VersionsClient;

namespace Platform.Api.Forecasts;

/// <summary>The official forecast, version by version.</summary>
internal static class VersionEndpoints
{
    // What is published may need the first forecast of a day.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(2);

    public static void MapVersions(this WebApplication app)
    {
        var versions = app.MapGroup("/v1/forecast/versions").WithTags("forecast");
        versions.MapPost("", PublishAsync).WithSummary("Publishes the forecast as it stands, as a version that never changes.").Produces<VersionBody>();
        versions.MapGet("", ListAsync).WithSummary("Published versions, newest first.");
        versions.MapGet("/{version:long}", GetAsync).WithSummary("What a version says of a team or of all, by target and layer.");
        versions.MapGet("/compare", CompareAsync).WithSummary("What moved between two versions of a month, by team and layer, the greatest difference first.");
    }

    /// <summary>A version's number; 0 where none is given.</summary>
    public static long Number(string name, long? version) => version is null or > 0 ? version ?? 0 : throw RpcErrors.InvalidArgument($"{name} must be the number of a version, such as 7.");

    private static async Task<IResult> PublishAsync(PublishInput body, VersionsClient versions, HttpContext http) => Results.Ok(VersionBody.From(await versions.PublishVersionAsync(
        new PublishVersionRequest { Description = body.Description ?? "", IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http, AnswerLimit))));

    private static async Task<VersionsBody> ListAsync(int? limit, long? before, string? reason, VersionsClient versions, HttpContext http)
    {
        var request = new ListVersionsRequest { Limit = limit ?? 0, Before = Number("before", before) };
        if (!string.IsNullOrEmpty(reason))
        {
            request.Reason = EnumText.TryParse<PublicationReason>(reason, out var known)
                ? known
                : throw RpcErrors.InvalidArgument($"reason must be one of {EnumText.Names<PublicationReason>()}.");
        }

        var answer = await versions.ListVersionsAsync(request, Call.Options(http));
        return new VersionsBody([.. answer.Versions.Select(VersionBody.From)], answer.NextBefore == 0 ? null : answer.NextBefore);
    }

    private static async Task<VersionFiguresBody> GetAsync(long version, string? team_id, VersionsClient versions, HttpContext http)
    {
        var answer = await versions.GetVersionAsync(new GetVersionRequest { Version = version, TeamId = team_id ?? "" }, Call.Options(http));
        return new VersionFiguresBody(VersionBody.From(answer.Version), answer.TeamId, [.. answer.Targets.Select(TargetBody.Of)]);
    }

    private static async Task<ComparisonBody> CompareAsync(long? from, long? to, string? month, VersionsClient versions, HttpContext http) =>
        ComparisonBody.Of(await versions.CompareVersionsAsync(
            new CompareVersionsRequest { FromVersion = Number("from", Require.Value("from", from)), ToVersion = Number("to", Require.Value("to", to)), Month = month ?? "" }, Call.Options(http)));
}

internal sealed record PublishInput
{
    /// <summary>Why, for people; at most 500 characters.</summary>
    public string? Description { get; init; }
}

/// <param name="NextBefore">Ask with it as `before`; null: there are no more.</param>
internal sealed record VersionsBody(IReadOnlyList<VersionBody> Versions, long? NextBefore);

/// <param name="AsOf">The moment that it looks ahead from, and was published at.</param>
/// <param name="PublishedBy">Key id; "forecast" for the service itself.</param>
/// <param name="PublishedByName">What that key is called now; null for the service itself, and where the key is gone.</param>
/// <param name="Reason">daily, plan_change, policy_change, calendar_change, price_change, usage_change, on_demand or scenario.</param>
/// <param name="ScenarioId">Null unless a scenario was published.</param>
/// <param name="TooShort">Teams whose history was too short for a projection of their own.</param>
/// <param name="MonthEndP50">Of the organisation, the calendar month that ran.</param>
/// <param name="Calendar">The newest change of calendars that it was made with; null: there was none.</param>
internal sealed record VersionBody(
    long Version, DateTimeOffset? AsOf, string PublishedBy, string Reason, string Description, string? ScenarioId, string Engine, ulong Seed, string TimeZone, string Currency,
    IReadOnlyList<string> TooShort, Money MonthEndP10, Money MonthEndP50, Money MonthEndP90, long? Calendar, string? PublishedByName)
{
    public static VersionBody From(ForecastVersion version) => new(
        version.Version, version.AsOf.ToMoment(), version.PublishedBy, EnumText.Of(version.Reason), version.Description, version.ScenarioId.Length == 0 ? null : version.ScenarioId,
        version.Engine, version.Seed, version.TimeZone, version.Currency, version.TooShort, new(version.MonthEndP10Nanos), new(version.MonthEndP50Nanos), new(version.MonthEndP90Nanos),
        version.Calendar == 0 ? null : version.Calendar, version.PublishedByName.Length == 0 ? null : version.PublishedByName);
}

internal sealed record VersionFiguresBody(VersionBody Version, string TeamId, IReadOnlyList<TargetBody> Targets);

/// <param name="Kind">day (a single day), days (a sum of days that begins on the morrow), month, quarter or twelve_months.</param>
/// <param name="From">A day; to is the day after the last.</param>
/// <param name="RunRate">What the mean of the last seven days would have said of the total then.</param>
/// <param name="SeasonalNaive">What the same weekdays of the week before would have.</param>
/// <param name="Adjustment">Of what was to date, money without tokens; null: the version did not keep it.</param>
internal sealed record TargetBody(string Kind, string From, string To, IReadOnlyList<LayerBody> Layers, Money RunRate, Money SeasonalNaive, Money? Adjustment)
{
    public static TargetBody Of(TargetFigures target) => new(
        target.Kind, target.From, target.To, [.. target.Layers.Select(LayerBody.From)], new(target.RunRateNanos), new(target.SeasonalNaiveNanos),
        target.HasAdjustmentNanos ? new(target.AdjustmentNanos) : null);
}

/// <param name="Month">yyyy-MM.</param>
/// <param name="Total">The organisation's; the differences add up to its difference.</param>
internal sealed record ComparisonBody(VersionBody From, VersionBody To, string Month, DifferenceBody Total, IReadOnlyList<DifferenceBody> Differences)
{
    public static ComparisonBody Of(VersionComparison answer) => new(
        VersionBody.From(answer.From), VersionBody.From(answer.To), answer.Month, DifferenceBody.From(answer.Total), [.. answer.Differences.Select(DifferenceBody.From)]);
}

/// <param name="TeamId">Empty: the organisation.</param>
/// <param name="Difference">Expected, after less before.</param>
/// <param name="Adjustment">Of the difference of a baseline and of the total, money without tokens, which is no demand; null: one of the versions did not keep it, and the month had begun by then.</param>
internal sealed record DifferenceBody(string TeamId, LayerBody Before, LayerBody After, Money Difference, Money? Adjustment)
{
    public static DifferenceBody From(VersionDifference difference) => new(
        difference.TeamId, LayerBody.From(difference.Before), LayerBody.From(difference.After), new(difference.DifferenceNanos),
        difference.HasAdjustmentNanos ? new(difference.AdjustmentNanos) : null);
}
