using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using PlanClient = Platform.Contracts.Forecast.V1.Plan.PlanClient;

namespace Platform.Api.Forecasts;

/// <summary>Planned demand.</summary>
internal static class PlanEndpoints
{
    // The list says what came of items, which may need the first forecast of a day.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(2);

    public static void MapPlan(this WebApplication app)
    {
        var plan = app.MapGroup("/v1/forecast/plan").WithTags("forecast");
        plan.MapPost("", SetAsync).WithSummary("Makes a plan item, or replaces the one of its id.").Produces<PlanItemBody>();
        plan.MapGet("", ListAsync).WithSummary("Plan items by start, with what they cost and what came of them.");
        plan.MapDelete("/{id}", RemoveAsync).WithSummary("It is planned no more.");
        plan.MapPost("/import", ImportAsync).WithMetadata(BodyBounds.Batch).WithSummary("Checks many plan items, and makes them, whole, only when apply is true and nothing is wrong.").Produces<PlanImportBody>();
    }

    private static async Task<IResult> SetAsync(PlanItemInput body, PlanClient plan, HttpContext http) => Results.Ok(PlanItemBody.From(await plan.SetItemAsync(
        new SetItemRequest { Item = body.ToContract(), IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http))));

    private static async Task<PlanBody> ListAsync(string? team_id, bool? all, PlanClient plan, HttpContext http)
    {
        var answer = await plan.ListItemsAsync(new ListItemsRequest { TeamId = team_id ?? "", IncludeInactive = all ?? false }, Call.Options(http, AnswerLimit));
        return new PlanBody(answer.Currency, [.. answer.Items.Select(PlanItemBody.From)], answer.RecordNote);
    }

    private static async Task<PlanItemBody> RemoveAsync(string id, PlanClient plan, HttpContext http) =>
        PlanItemBody.From(await plan.RemoveItemAsync(new RemoveItemRequest { PlanId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static async Task<IResult> ImportAsync(PlanImportInput body, PlanClient plan, HttpContext http)
    {
        var request = new ImportItemsRequest { Apply = body.Apply ?? false, IdempotencyKey = Call.IdempotencyKey(http) };
        request.Items.AddRange(Require.List("items", body.Items).Select(item => item.ToContract()));
        var answer = await plan.ImportItemsAsync(request, Call.Options(http));
        return Results.Ok(new PlanImportBody(
            answer.Applied, [.. answer.Items.Select(PlanItemBody.From)], [.. answer.Problems.Select(problem => new PlanProblemBody(problem.Position, problem.PlanId, problem.Problem))]));
    }
}

internal sealed record PlanImportInput
{
    [Required]
    public IReadOnlyList<PlanItemInput>? Items { get; init; }

    /// <summary>Absent or false: a dry run.</summary>
    public bool? Apply { get; init; }
}

/// <summary>What is planned; dates are days, ends_on the day after the last.</summary>
internal sealed record PlanItemInput
{
    public string? PlanId { get; init; }

    public string? Name { get; init; }

    public string? TeamId { get; init; }

    /// <summary>Absent: any.</summary>
    public string? Workload { get; init; }

    /// <summary>Absent: any.</summary>
    public string? Lane { get; init; }

    /// <summary>Absent where one provider alone has a price of the model.</summary>
    public string? Provider { get; init; }

    public string? Model { get; init; }

    public string? StartsOn { get; init; }

    public int? RampDays { get; init; }

    public long? CallsPerDay { get; init; }

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    /// <summary>Above 0, at most 1; absent: certain.</summary>
    public decimal? Probability { get; init; }

    /// <summary>0 to 9; absent: 0.3. In eight of ten cases demand is within a factor of 1 + spread.</summary>
    public decimal? Spread { get; init; }

    public string? EndsOn { get; init; }

    public string? Owner { get; init; }

    public string? Note { get; init; }

    public PlanItem ToContract()
    {
        var item = new PlanItem
        {
            PlanId = PlanId ?? "", Name = Name ?? PlanId ?? "", TeamId = TeamId ?? "", Workload = Workload ?? "", Lane = Lane ?? "", Provider = Provider ?? "", Model = Model ?? "",
            StartsOn = StartsOn ?? "", RampDays = RampDays ?? 0, CallsPerDay = CallsPerDay ?? 0, InputTokens = InputTokens ?? 0, OutputTokens = OutputTokens ?? 0,
            EndsOn = EndsOn ?? "", Owner = Owner ?? "", Note = Note ?? "",
        };
        if (Probability is { } probability)
        {
            // Zero means certain to the service; here it is a slip, and is refused by its range.
            item.ProbabilityPpm = (probability, Ppm("probability", probability)) switch
            {
                (0, _) => -1,
                (_, 0) => throw RpcErrors.InvalidArgument($"probability {probability} is less than a millionth, which would be nothing."),
                var (_, ppm) => ppm,
            };
        }

        if (Spread is { } spread)
        {
            item.SpreadPpm = Ppm("spread", spread);
        }

        return item;
    }

    private static int Ppm(string name, decimal share) => Math.Abs(share) <= 1000
        ? (int)decimal.Round(share * 1_000_000)
        : throw RpcErrors.InvalidArgument($"{name} {share} is no share: 0.5 is one half.");
}

/// <param name="RecordNote">How the organisation's launches came, in a sentence: what has not started is forecast with that. Empty: none is over yet.</param>
internal sealed record PlanBody(string Currency, IReadOnlyList<PlanItemBody> Items, string RecordNote);

internal sealed record PlanImportBody(bool Applied, IReadOnlyList<PlanItemBody> Items, IReadOnlyList<PlanProblemBody> Problems);

/// <param name="Position">Counted from 1.</param>
internal sealed record PlanProblemBody(int Position, string PlanId, string Problem);

/// <param name="Status">planned, launched, late, ended or removed.</param>
/// <param name="Currency">Of its amounts; empty in the answer of a removal, which has none.</param>
/// <param name="CostPerCall">At today's price; null: none fits, and price_note says why.</param>
/// <param name="CostPerDay">Once it has ramped up.</param>
/// <param name="SegmentNote">That no call of its team has had what it names, or that it is too small to be seen; empty: nothing is to say.</param>
/// <param name="PlannedToDate">From its start to yesterday; null before.</param>
/// <param name="ActualToDate">What its segments have spent since, above their level of the four weeks before, as far as it is no other item's.</param>
internal sealed record PlanItemBody(
    string PlanId, string Name, string TeamId, string Workload, string Lane, string Provider, string Model, string StartsOn, int RampDays, long CallsPerDay, long InputTokens,
    long OutputTokens, decimal Probability, decimal Spread, string EndsOn, string Owner, string Note, string Status, string Currency, Money? CostPerCall, Money? CostPerDay, string PriceNote,
    string SegmentNote, Money? PlannedToDate, Money? ActualToDate, DateTimeOffset? ChangedAt, string ChangedBy)
{
    public static PlanItemBody From(PlanItemView view)
    {
        var item = view.Item;
        return new PlanItemBody(
            item.PlanId, item.Name, item.TeamId, item.Workload, item.Lane, item.Provider, item.Model, item.StartsOn, item.RampDays, item.CallsPerDay, item.InputTokens,
            item.OutputTokens, item.ProbabilityPpm / 1_000_000m, item.SpreadPpm / 1_000_000m, item.EndsOn, item.Owner, item.Note, view.Status, view.Currency,
            view.HasCostPerCallNanos ? new Money(view.CostPerCallNanos) : null, view.HasCostPerDayNanos ? new Money(view.CostPerDayNanos) : null, view.PriceNote, view.SegmentNote,
            view.HasPlannedToDateNanos ? new Money(view.PlannedToDateNanos) : null, view.HasActualToDateNanos ? new Money(view.ActualToDateNanos) : null,
            view.ChangedAt.ToMoment(), view.ChangedBy);
    }
}
