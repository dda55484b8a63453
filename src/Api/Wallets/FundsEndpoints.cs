using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api.Wallets;

/// <summary>Money moved by people.</summary>
internal static class FundsEndpoints
{
    public static void MapFunds(this WebApplication app)
    {
        var wallets = app.MapGroup("/v1/wallets").WithTags("wallets");
        wallets.MapPost("/credit", CreditAsync).WithSummary("Brings money from outside into the organisation's wallet.").Produces<TransferBody>();
        wallets.MapPost("/allocate", AllocateAsync)
            .WithSummary("Moves money one level down: to a team's wallet, or from it to one of its users' or applications'.").Produces<TransferBody>();
        wallets.MapPost("/reclaim", ReclaimAsync).WithSummary("Moves money one level up, at most what is available.").Produces<TransferBody>();
        wallets.MapPost("/transfer", TransferAsync).WithSummary("Moves money between two wallets of which neither is above the other.").Produces<TransferBody>();
        wallets.MapPost("/correct", CorrectAsync).WithSummary("Takes an earlier transfer of people back, whole and once.").Produces<TransferBody>();
    }

    private static async Task<IResult> CreditAsync(CreditBody body, WalletClient wallet, HttpContext http)
    {
        var transfer = await wallet.CreditAsync(
            new CreditRequest
            {
                AmountNanos = Require.PositiveNanos("amount", body.Amount),
                Currency = Require.Text("currency", body.Currency),
                Description = Description(body.Description, body.Note),
                Reference = body.Reference ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Ok(TransferBody.From(transfer));
    }

    private static async Task<IResult> AllocateAsync(AllocateBody body, WalletClient wallet, HttpContext http)
    {
        var transfer = await wallet.AllocateAsync(
            new AllocateRequest
            {
                Description = Description(body.Description, body.Note),
                TeamId = Require.Text("team_id", body.TeamId),
                UserId = Require.Filled("user_id", body.UserId),
                ApplicationId = Require.Filled("application_id", body.ApplicationId),
                AmountNanos = Require.PositiveNanos("amount", body.Amount),
                Currency = Require.Text("currency", body.Currency),
                EndsAt = TimeRange.Moment("ends_at", body.EndsAt, TimeRange.Zone(body.TimeZone)).ToTimestampUtc(),
                AtEnd = AtEnd(body.AtEnd),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Ok(TransferBody.From(transfer));
    }

    private static async Task<IResult> ReclaimAsync(ReclaimBody body, WalletClient wallet, HttpContext http)
    {
        var transfer = await wallet.ReclaimAsync(
            new ReclaimRequest
            {
                Description = Description(body.Description, body.Note),
                TeamId = Require.Text("team_id", body.TeamId),
                UserId = Require.Filled("user_id", body.UserId),
                ApplicationId = Require.Filled("application_id", body.ApplicationId),
                AmountNanos = Require.PositiveNanos("amount", body.Amount),
                Currency = Require.Text("currency", body.Currency),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Ok(TransferBody.From(transfer));
    }

    private static async Task<IResult> TransferAsync(TransferFundsBody body, WalletClient wallet, HttpContext http)
    {
        var transfer = await wallet.TransferFundsAsync(
            new TransferFundsRequest
            {
                Description = Description(body.Description, body.Note),
                FromWalletId = Require.Text("from_wallet_id", body.FromWalletId),
                ToWalletId = Require.Text("to_wallet_id", body.ToWalletId),
                AmountNanos = Require.PositiveNanos("amount", body.Amount),
                Currency = Require.Text("currency", body.Currency),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Ok(TransferBody.From(transfer));
    }

    private static async Task<IResult> CorrectAsync(CorrectBody body, WalletClient wallet, HttpContext http)
    {
        var transfer = await wallet.CorrectAsync(
            new CorrectRequest
            {
                TransferId = Require.Text("transfer_id", body.TransferId),
                Description = Description(body.Description, body.Note),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Ok(TransferBody.From(transfer));
    }

    internal static PeriodEnd AtEnd(string? text)
    {
        if (text is null)
        {
            return PeriodEnd.Unspecified;
        }

        return EnumText.TryParse<PeriodEnd>(text, out var atEnd)
            ? atEnd
            : throw RpcErrors.InvalidArgument($"at_end cannot be '{text}'; it is one of {EnumText.Names<PeriodEnd>()}.");
    }

    internal static string Description(string? description, string? note) => description is null || note is null
        ? description ?? note ?? ""
        : throw RpcErrors.InvalidArgument("Give description or note, not both: they are the same field.");
}

/// <param name="Note">Another name for description.</param>
/// <param name="Reference">Where the money comes from and its reference there, for example a purchase order.</param>
internal sealed record CreditBody([property: Required] Money? Amount = null, [property: Required] string? Currency = null, string? Description = null, string? Note = null, string? Reference = null);

/// <param name="UserId">Set it or application_id to allocate from the team's wallet to that one's; neither: from the organisation's to the team's.</param>
/// <param name="EndsAt">The end of the allocation's period: a date (midnight in time_zone) or a time.</param>
/// <param name="AtEnd">What happens to what is unspent then: return or roll_over. Required with ends_at.</param>
/// <param name="TimeZone">IANA name, UTC where absent.</param>
internal sealed record AllocateBody(
    [property: Required] string? TeamId = null, string? UserId = null, string? ApplicationId = null, [property: Required] Money? Amount = null, [property: Required] string? Currency = null, string? Description = null,
    string? Note = null, string? EndsAt = null, string? AtEnd = null, string? TimeZone = null);

/// <param name="UserId">Set it or application_id to reclaim from that one's wallet to the team's; neither: from the team's to the organisation's.</param>
internal sealed record ReclaimBody(
    [property: Required] string? TeamId = null, string? UserId = null, string? ApplicationId = null, [property: Required] Money? Amount = null, [property: Required] string? Currency = null, string? Description = null,
    string? Note = null);

internal sealed record TransferFundsBody(
    [property: Required] string? FromWalletId = null, [property: Required] string? ToWalletId = null, [property: Required] Money? Amount = null, [property: Required] string? Currency = null, string? Description = null, string? Note = null);

internal sealed record CorrectBody([property: Required] string? TransferId = null, string? Description = null, string? Note = null);
