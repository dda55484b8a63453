using Platform.Api.Errors;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using UsageClient = Platform.Contracts.Metering.V1.Usage.UsageClient;

namespace Platform.Api.Spend;

/// <summary>
/// <c>POST /v1/spend/log</c>: calls made elsewhere, one or up to 1,000. A batch answers 200 with a result an event: a refused one has its message, and the
/// others stand. A single refused event is a problem.
/// </summary>
internal static class SpendLogEndpoint
{
    public static void MapSpendLog(this WebApplication app) =>
        app.MapPost("/v1/spend/log", LogAsync)
            .WithTags("spend")
            .WithSummary("Logs usage of calls made elsewhere: one event, or {events: [...]}.")
            .WithMetadata(BodyBounds.Batch)
            .Produces<SpendLogAnswer>();

    private static async Task<IResult> LogAsync(SpendLogBody body, UsageClient usage, TimeProvider time, HttpContext http)
    {
        var events = EventsOf(body);
        var ids = new SpendEventIds(Call.IdempotencyKey(http));
        var now = time.GetUtcNow();
        var results = new SpendResultBody[events.Count];
        var request = new RecordRequest();
        var isDryRun = body.DryRun ?? false;
        var places = new List<int>(events.Count);
        for (var index = 0; index < events.Count; index++)
        {
            if (TryMap(events[index], ids, now, out var mapped, out var message))
            {
                request.Events.Add(mapped);
                places.Add(index);
            }
            else
            {
                results[index] = new SpendResultBody(EnumText.Of(RecordOutcome.Invalid), "", null, message);
            }
        }

        if (request.Events.Count > 0)
        {
            // A call of its own: a Metering of before refuses it, where it would pass over a field and record.
            var answer = await (isDryRun ? usage.TryRecordAsync(request, Call.Options(http)) : usage.RecordAsync(request, Call.Options(http)));
            for (var index = 0; index < places.Count; index++)
            {
                results[places[index]] = SpendResultBody.From(answer.Results[index]);
            }
        }

        return body.Events is null && Refusal(results[0]) is { } problem
            ? new ProblemResult(problem)
            : Results.Ok(SpendLogAnswer.Of(results, isDryRun));
    }

    private static IReadOnlyList<SpendEventBody?> EventsOf(SpendLogBody body)
    {
        if (body.Events is not { } events)
        {
            return [body];
        }

        if (body with { Events = null, DryRun = null } != new SpendLogBody())
        {
            throw RpcErrors.InvalidArgument("Give one event's fields or events, not both.");
        }

        return events.Count > 0 ? events : throw RpcErrors.InvalidArgument("events is empty.");
    }

    private static bool TryMap(SpendEventBody? body, SpendEventIds ids, DateTimeOffset now, out UsageEvent? mapped, out string message)
    {
        try
        {
            mapped = SpendEventMapping.ToEvent(body ?? throw RpcErrors.InvalidArgument("The event is null; leave it out."), ids, now);
            message = "";
            return true;
        }
        catch (Grpc.Core.RpcException exception)
        {
            mapped = null;
            message = exception.Status.Detail;
            return false;
        }
    }

    private static Problem? Refusal(SpendResultBody result) => result.Outcome switch
    {
        "invalid" => new Problem(400, Reasons.InvalidArgument, result.Message),
        "unknown_team" => new Problem(404, Reasons.TeamNotFound, result.Message),
        _ => null,
    };
}

/// <summary>What became of one event.</summary>
/// <param name="Outcome">accepted, accepted_unpriced, duplicate, unknown_team or invalid.</param>
/// <param name="RecordId">Empty for refusals.</param>
/// <param name="Cost">Null where it is unknown: refused, or without a price.</param>
/// <param name="Message">What is wrong and what to do, for refusals; of a duplicate, that it was told otherwise before.</param>
internal sealed record SpendResultBody(string Outcome, string RecordId, Money? Cost, string Message)
{
    public static SpendResultBody From(RecordResult result) => new(
        EnumText.Of(result.Outcome), result.RecordId, result.HasCostNanos ? new Money(result.CostNanos) : null, EventNames.InRest(result.Message));
}

/// <param name="Duplicates">Those that were stored before, under the same source and event_id.</param>
/// <param name="Different">Of the duplicates, those that would cost otherwise now: each is perhaps another call under an id that was used, and nothing of it was taken.</param>
/// <param name="DryRun">True: nothing was recorded, and all else says what would become of the events; a record_id is one that there would be.</param>
internal sealed record SpendLogAnswer(bool DryRun, int Accepted, int Duplicates, int Different, int Unpriced, int Refused, IReadOnlyList<SpendResultBody> Results)
{
    public static SpendLogAnswer Of(IReadOnlyList<SpendResultBody> results, bool isDryRun) => new(
        isDryRun,
        results.Count(result => result.Outcome is "accepted" or "accepted_unpriced"),
        results.Count(result => result.Outcome == "duplicate"),
        results.Count(result => result.Outcome == "duplicate" && result.Message.Length > 0),
        results.Count(result => result.Outcome == "accepted_unpriced"),
        results.Count(result => result.Outcome is "invalid" or "unknown_team"),
        results);
}
