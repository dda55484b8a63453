using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using AllocationsClient = Platform.Contracts.Wallet.V1.Allocations.AllocationsClient;

namespace Platform.Api.Wallets;

/// <summary>Allocations for a date to come or for each month, and those whose money has an end.</summary>
internal static class AllocationEndpoints
{
    public static void MapAllocations(this WebApplication app)
    {
        var allocations = app.MapGroup("/v1/wallets/allocations").WithTags("wallets");
        allocations.MapPost("", PlanAsync).WithSummary("Plans an allocation for a date or for each month.").Produces<AllocationBody>(StatusCodes.Status201Created);
        allocations.MapGet("", ListAsync).WithSummary("Planned allocations and those with a running period, newest first.");
        allocations.MapDelete("/{id}", CancelAsync).WithSummary("Nothing of it takes effect any more; what has taken effect stays.");
    }

    private static async Task<IResult> PlanAsync(PlanAllocationBody body, AllocationsClient allocations, HttpContext http)
    {
        var zone = TimeRange.Zone(body.TimeZone);
        var planned = await allocations.PlanAllocationAsync(
            new PlanAllocationRequest
            {
                Description = FundsEndpoints.Description(body.Description, body.Note),
                TeamId = Require.Text("team_id", body.TeamId),
                UserId = Require.Filled("user_id", body.UserId),
                ApplicationId = Require.Filled("application_id", body.ApplicationId),
                AmountNanos = Require.PositiveNanos("amount", body.Amount),
                Currency = Require.Text("currency", body.Currency),
                Recurrence = ReadRecurrence(body.Recurrence),
                StartsAt = TimeRange.Moment("starts_at", body.StartsAt, zone).ToTimestampUtc(),
                EndsAt = TimeRange.Moment("ends_at", body.EndsAt, zone).ToTimestampUtc(),
                AtEnd = FundsEndpoints.AtEnd(body.AtEnd),
                TimeZone = body.TimeZone ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(AllocationBody.From(planned), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<AllocationsBody> ListAsync(
        string? wallet_id, string? team_id, bool? all, int? page_size, string? page_token, AllocationsClient allocations, HttpContext http)
    {
        var answer = await allocations.ListAllocationsAsync(
            new ListAllocationsRequest { WalletId = wallet_id ?? "", TeamId = team_id ?? "", All = all ?? false, PageSize = page_size ?? 0, PageToken = page_token ?? "" }, Call.Options(http));
        return new AllocationsBody([.. answer.Allocations.Select(AllocationBody.From)], answer.NextPageToken);
    }

    private static async Task<AllocationBody> CancelAsync(string id, AllocationsClient allocations, HttpContext http) =>
        AllocationBody.From(await allocations.CancelAllocationAsync(new CancelAllocationRequest { AllocationId = id }, Call.Options(http)));

    private static Recurrence ReadRecurrence(string? text)
    {
        if (text is null)
        {
            return Recurrence.Once;
        }

        return EnumText.TryParse<Recurrence>(text, out var recurrence)
            ? recurrence
            : throw RpcErrors.InvalidArgument($"recurrence cannot be '{text}'; it is one of {EnumText.Names<Recurrence>()}.");
    }
}

/// <param name="Amount">Of a monthly one, each month.</param>
/// <param name="Recurrence">once (where absent) or monthly.</param>
/// <param name="StartsAt">In the future: a date (midnight in time_zone) or a time; absent: at once.</param>
/// <param name="EndsAt">The end of the period; absent: none. Not for monthly ones, whose periods end with their months.</param>
/// <param name="AtEnd">What happens to what is unspent then: return or roll_over. Required where there is an end.</param>
/// <param name="TimeZone">IANA name of the zone whose calendar is meant, UTC where absent.</param>
internal sealed record PlanAllocationBody(
    [property: Required] string? TeamId = null, string? UserId = null, string? ApplicationId = null, [property: Required] Money? Amount = null, [property: Required] string? Currency = null, string? Recurrence = null,
    string? StartsAt = null, string? EndsAt = null, string? AtEnd = null, string? TimeZone = null, string? Description = null, string? Note = null);

/// <param name="State">planned, waiting (due, but the wallet above has too little), done or cancelled.</param>
/// <param name="DueAt">When it takes effect next; null when it will not.</param>
/// <param name="Missing">What the wallet above lacked when it was last tried.</param>
/// <param name="CancelledBy">Key id; empty where nobody did, or it was not kept.</param>
internal sealed record AllocationBody(
    string AllocationId, string WalletId, Money Amount, string Currency, string Recurrence, string TimeZone, DateTimeOffset? StartsAt, DateTimeOffset? EndsAt,
    string AtEnd, string State, DateTimeOffset? DueAt, DateTimeOffset? WaitingSince, Money Missing, string Description, string Actor,
    DateTimeOffset? CreatedAt, string CancelledBy, DateTimeOffset? CancelledAt, IReadOnlyList<AllocationPeriodBody> Periods)
{
    public static AllocationBody From(Allocation a) => new(
        a.AllocationId, a.WalletId, new(a.AmountNanos), a.Currency, EnumText.Of(a.Recurrence), a.TimeZone, a.StartsAt.ToMoment(), a.EndsAt.ToMoment(),
        EnumText.Of(a.AtEnd), EnumText.Of(a.State), a.DueAt.ToMoment(), a.WaitingSince.ToMoment(), new(a.MissingNanos), a.Description, a.Actor,
        a.CreatedAt.ToMoment(), a.CancelledBy, a.CancelledAt.ToMoment(), [.. a.Periods.Select(AllocationPeriodBody.From)]);
}

/// <param name="Remaining">What is unspent of it now.</param>
/// <param name="Returned">What has gone back to the wallet above.</param>
/// <param name="State">running, ending (over, but part of what must return is still set aside for calls) or ended.</param>
internal sealed record AllocationPeriodBody(DateTimeOffset? StartsAt, DateTimeOffset? EndsAt, Money Amount, Money Remaining, Money Returned, string State)
{
    public static AllocationPeriodBody From(AllocationPeriod p) => new(
        p.StartsAt.ToMoment(), p.EndsAt.ToMoment(), new(p.AmountNanos), new(p.RemainingNanos), new(p.ReturnedNanos),
        p.Ended ? "ended" : p.Ending ? "ending" : "running");
}

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record AllocationsBody(IReadOnlyList<AllocationBody> Allocations, string NextPageToken);
