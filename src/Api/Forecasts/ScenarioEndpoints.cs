using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using ScenariosClient = Platform.Contracts.Forecast.V1.Scenarios.ScenariosClient;

namespace Platform.Api.Forecasts;

/// <summary>What-if scenarios: worked out beside the forecast, and kept.</summary>
internal static class ScenarioEndpoints
{
    // The first answer of a day forecasts every segment of the organisation.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(2);

    public static void MapScenarios(this WebApplication app)
    {
        app.MapPost("/v1/forecast/what-if", WhatIfAsync).WithTags("forecast").WithSummary("The forecast as it would be with some things otherwise, beside what it is. Changes nothing.")
            .Produces<WhatIfBody>();
        var scenarios = app.MapGroup("/v1/forecast/scenarios").WithTags("forecast");
        scenarios.MapPost("", SaveAsync).WithSummary("Keeps a scenario, or replaces the one of its name.").Produces<SavedScenarioBody>();
        scenarios.MapGet("", ListAsync).WithSummary("Kept scenarios by name: shared ones and one's own; billing admins see all.");
        scenarios.MapGet("/{name}", GetAsync).WithSummary("A kept scenario.");
        scenarios.MapDelete("/{name}", RemoveAsync).WithSummary("Removes a scenario for good.");
        scenarios.MapPost("/{name}/promote", PromoteAsync).WithSummary("Makes a kept scenario's plan changes and publishes the forecast with them; answers what would do the rest.")
            .Produces<PromotedScenarioBody>();
    }

    private static async Task<IResult> WhatIfAsync(WhatIfInput body, ScenariosClient scenarios, HttpContext http)
    {
        var request = new WhatIfRequest { TeamId = Require.Filled("team_id", body.TeamId), TimeZone = body.TimeZone ?? "", Confidence = Require.Confidence(body.Confidence), ByMonth = body.ByMonth ?? false };
        request.Saved.AddRange(body.Saved ?? []);
        request.Scenarios.AddRange((body.Scenarios ?? []).Select(scenario => scenario.ToContract()));
        return Results.Ok(WhatIfBody.From(await scenarios.WhatIfAsync(request, Call.Options(http, AnswerLimit))));
    }

    private static async Task<IResult> SaveAsync(SaveScenarioInput body, ScenariosClient scenarios, HttpContext http)
    {
        var request = new SaveScenarioRequest
        {
            Scenario = new ScenarioInput { Name = Require.Text("name", body.Name), Changes = body.Changes }.ToContract(), Note = body.Note ?? "", Shared = body.Shared ?? false,
            IdempotencyKey = Call.IdempotencyKey(http),
        };
        return Results.Ok(SavedScenarioBody.From(await scenarios.SaveScenarioAsync(request, Call.Options(http))));
    }

    private static async Task<ScenariosBody> ListAsync(ScenariosClient scenarios, HttpContext http) =>
        new([.. (await scenarios.ListScenariosAsync(new ListScenariosRequest(), Call.Options(http))).Scenarios.Select(SavedScenarioBody.From)]);

    private static async Task<SavedScenarioBody> GetAsync(string name, ScenariosClient scenarios, HttpContext http) =>
        SavedScenarioBody.From(await scenarios.GetScenarioAsync(new GetScenarioRequest { Name = name }, Call.Options(http)));

    private static async Task<SavedScenarioBody> RemoveAsync(string name, ScenariosClient scenarios, HttpContext http) => SavedScenarioBody.From(await scenarios.RemoveScenarioAsync(
        new RemoveScenarioRequest { Name = name, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static async Task<IResult> PromoteAsync(string name, PromoteScenarioInput? body, ScenariosClient scenarios, HttpContext http) => Results.Ok(PromotedScenarioBody.From(
        await scenarios.PromoteScenarioAsync(
            new PromoteScenarioRequest { Name = name, Description = body?.Description ?? "", IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http, AnswerLimit))));
}

internal sealed record PromoteScenarioInput
{
    /// <summary>Why; stands in the published version.</summary>
    public string? Description { get; init; }
}

/// <param name="Version">The published version; null: the scenario changes nothing that is the forecast's own, and nothing was changed.</param>
/// <param name="Deeds">One a change, in the order written.</param>
internal sealed record PromotedScenarioBody(SavedScenarioBody Scenario, long? Version, IReadOnlyList<DeedBody> Deeds)
{
    public static PromotedScenarioBody From(PromotedScenario promoted) => new(
        SavedScenarioBody.From(promoted.Scenario), promoted.Version == 0 ? null : promoted.Version, [.. promoted.Deeds.Select(deed => new DeedBody(deed.Line, deed.Done, deed.Commands))]);
}

/// <param name="Commands">That would do it, or a sentence where none can; empty where it is done.</param>
internal sealed record DeedBody(string Change, bool Done, IReadOnlyList<string> Commands);

internal sealed record WhatIfInput
{
    /// <summary>Absent: the organisation.</summary>
    public string? TeamId { get; init; }

    public string? TimeZone { get; init; }

    /// <summary>Share of futures that the money needed is to cover; absent: 0.9.</summary>
    public double? Confidence { get; init; }

    /// <summary>The answer has each of thirteen months too.</summary>
    public bool? ByMonth { get; init; }

    public IReadOnlyList<ScenarioInput>? Scenarios { get; init; }

    /// <summary>Names of kept ones.</summary>
    public IReadOnlyList<string>? Saved { get; init; }
}

internal sealed record ScenarioInput
{
    public string? Name { get; init; }

    /// <summary>One line each, such as "wallet team=search amount=+500".</summary>
    [Required]
    public IReadOnlyList<string>? Changes { get; init; }

    public Scenario ToContract() => new() { Name = Name ?? "", Changes = { Require.Texts("changes", Changes) } };
}

internal sealed record SaveScenarioInput
{
    [Required]
    public string? Name { get; init; }

    [Required]
    public IReadOnlyList<string>? Changes { get; init; }

    public string? Note { get; init; }

    /// <summary>Absent: its owner and billing admins alone may read it.</summary>
    public bool? Shared { get; init; }
}

internal sealed record ScenariosBody(IReadOnlyList<SavedScenarioBody> Scenarios);

/// <param name="Owner">The user, or the key where it is nobody's.</param>
/// <param name="PromotedVersion">Published when it was promoted last; null: never.</param>
internal sealed record SavedScenarioBody(
    string Name, IReadOnlyList<string> Changes, string Note, bool Shared, string Owner, DateTimeOffset? CreatedAt, DateTimeOffset? ChangedAt, long? PromotedVersion)
{
    public static SavedScenarioBody From(SavedScenario saved) => new(
        saved.Scenario.Name, saved.Scenario.Changes, saved.Note, saved.Shared, saved.Owner, saved.CreatedAt.ToMoment(), saved.ChangedAt.ToMoment(),
        saved.PromotedVersion == 0 ? null : saved.PromotedVersion);
}
