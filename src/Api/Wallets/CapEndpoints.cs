using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using ControlsClient = Platform.Contracts.Wallet.V1.Controls.ControlsClient;

namespace Platform.Api.Wallets;

/// <summary>Hard limits a calendar period.</summary>
internal static class CapEndpoints
{
    public static void MapCaps(this WebApplication app)
    {
        var caps = app.MapGroup("/v1/caps").WithTags("caps");
        caps.MapPost("", SetAsync).WithSummary("Sets a hard limit a calendar period, or changes the one that is active.").Produces<CapBody>();
        caps.MapGet("", ListAsync).WithSummary("Active caps with what is used and left in their current period.");
        caps.MapDelete("/{id}", RemoveAsync).WithSummary("Ends a cap, everywhere within two seconds.");
    }

    private static async Task<IResult> SetAsync(SetCapBody body, ControlsClient controls, HttpContext http)
    {
        var scope = Scope(Require.Text("scope", body.Scope));
        var cap = await controls.SetCapAsync(
            new SetCapRequest
            {
                Scope = scope,
                ScopeId = scope == CapScope.Organisation ? body.ScopeId ?? "" : Require.Text("scope_id", body.ScopeId),
                Period = Period(Require.Text("period", body.Period)),
                TimeZone = body.TimeZone ?? "",
                AmountNanos = Require.PositiveNanos("amount", body.Amount),
                Currency = Require.Text("currency", body.Currency),
                Source = body.Source ?? "",
                Description = body.Description ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Ok(CapBody.From(cap));
    }

    private static async Task<CapsBody> ListAsync(string? scope, string? scope_id, int? page_size, string? page_token, ControlsClient controls, HttpContext http)
    {
        var answer = await controls.ListCapsAsync(
            new ListCapsRequest
            {
                Scope = string.IsNullOrEmpty(scope) ? CapScope.Unspecified : Scope(scope), ScopeId = scope_id ?? "", Undrawn = true, PageSize = page_size ?? 0, PageToken = page_token ?? "",
            },
            Call.Options(http));
        return new CapsBody([.. answer.Caps.Select(CapBody.From)], answer.NextPageToken);
    }

    private static async Task<CapBody> RemoveAsync(string id, ControlsClient controls, HttpContext http) => CapBody.From(
        await controls.RemoveCapAsync(new RemoveCapRequest { CapId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static CapScope Scope(string text) => EnumText.TryParse<CapScope>(text, out var scope)
        ? scope
        : throw RpcErrors.InvalidArgument($"There is no scope '{text}'. Scopes: {EnumText.Names<CapScope>()}.");

    private static CapPeriod Period(string text) => EnumText.TryParse<CapPeriod>(text, out var period)
        ? period
        : throw RpcErrors.InvalidArgument($"There is no period '{text}'. Periods: {EnumText.Names<CapPeriod>()}.");
}

/// <param name="Scope">organisation, team, user or key.</param>
/// <param name="ScopeId">The team's, user's or key's id; not for the organisation.</param>
/// <param name="Period">day, week (from Monday), month, quarter or year.</param>
/// <param name="TimeZone">IANA name of the zone that the calendar is read in; UTC when absent.</param>
/// <param name="Source">Whose cap it is when it is not made by people; caps of different sources stand beside each other.</param>
internal sealed record SetCapBody(
    [property: Required] string? Scope = null, string? ScopeId = null, [property: Required] string? Period = null, string? TimeZone = null, [property: Required] Money? Amount = null, [property: Required] string? Currency = null,
    string? Source = null, string? Description = null);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record CapsBody(IReadOnlyList<CapBody> Caps, string NextPageToken);

/// <param name="PeriodFrom">The current period, half open; null where it is not known.</param>
/// <param name="Used">Set aside now, and spent from what was set aside, in the current period.</param>
/// <param name="Undrawn">Of used, what leases hold ahead of calls and had not drawn when their holders last told: no spend yet. Null where it is not said: by set and remove, and of a period that is not known.</param>
/// <param name="Uncounted">Spent in the current period and not counted by the cap, as of a budget that became hard within it; 0 in later periods.</param>
/// <param name="Left">amount - uncounted - used, at least 0.</param>
/// <param name="CountsSince">When it was set, or last set again after it was removed: what its period cost while it did not count is not in used. Null: the Wallet service is of an earlier version.</param>
/// <param name="Problem">Empty, or why the current period is not known and calls under the cap fail.</param>
internal sealed record CapBody(
    string CapId, string Scope, string ScopeId, string Period, string TimeZone, Money Amount, string Currency, Money Used, Money? Undrawn, Money Uncounted, Money Left,
    DateTimeOffset? PeriodFrom, DateTimeOffset? PeriodTo, string Source, string Description, bool Active, DateTimeOffset? CreatedAt, DateTimeOffset? ChangedAt,
    string ChangedBy, DateTimeOffset? CountsSince, string Problem)
{
    public static CapBody From(Cap cap) => new(
        cap.CapId, EnumText.Of(cap.Scope), cap.ScopeId, EnumText.Of(cap.Period), cap.TimeZone, new(cap.AmountNanos), cap.Currency, new(cap.UsedNanos),
        cap.HasUndrawnNanos ? new Money(cap.UndrawnNanos) : null, new(cap.UncountedNanos), new(cap.LeftNanos), cap.PeriodFrom.ToMoment(), cap.PeriodTo.ToMoment(), cap.Source, cap.Description, cap.Active, cap.CreatedAt.ToMoment(),
        cap.ChangedAt.ToMoment(), cap.ChangedBy, cap.CountsSince.ToMoment(), cap.Problem);
}
