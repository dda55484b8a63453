using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api.Wallets;

/// <summary>Money in, money moved, balances and the ledger's entries.</summary>
internal static class WalletEndpoints
{
    public static void MapWallets(this WebApplication app)
    {
        var wallets = app.MapGroup("/v1/wallets").WithTags("wallets");
        wallets.MapPost("/allocate", AllocateAsync).WithSummary("Moves money from the organisation's wallet to a team's.").Produces<TransferBody>();
        wallets.MapPost("/credit", CreditAsync).WithSummary("Brings money from outside into the organisation's wallet.").Produces<TransferBody>();
        wallets.MapGet("", ListAsync).WithSummary("All wallets: the organisation's first, then teams by id.");
        wallets.MapGet("/balance", BalanceAsync).WithSummary("One team's balance with the cascade up to the organisation.");
        wallets.MapGet("/{id}/transactions", TransactionsAsync).WithSummary("Transfers that touched a wallet, newest first.");
        wallets.MapGet("/verify", VerifyAsync).WithSummary("Derives every balance from its entries and checks the ledger's invariants.");
    }

    private static async Task<IResult> AllocateAsync(AllocateBody body, WalletClient wallet, HttpContext http)
    {
        if (body.Description is not null && body.Note is not null)
        {
            throw RpcErrors.InvalidArgument("Give description or note, not both: they are the same field.");
        }

        var transfer = await wallet.AllocateAsync(
            new AllocateRequest
            {
                TeamId = Require.Text("team_id", body.TeamId),
                AmountNanos = Require.PositiveNanos("amount", body.Amount),
                Currency = Require.Text("currency", body.Currency),
                Description = body.Description ?? body.Note ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Ok(TransferBody.From(transfer));
    }

    private static async Task<IResult> CreditAsync(CreditBody body, WalletClient wallet, HttpContext http)
    {
        var transfer = await wallet.CreditAsync(
            new CreditRequest
            {
                AmountNanos = Require.PositiveNanos("amount", body.Amount),
                Currency = Require.Text("currency", body.Currency),
                Description = body.Description ?? "",
                Reference = body.Reference ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Ok(TransferBody.From(transfer));
    }

    private static async Task<WalletsBody> ListAsync(WalletClient wallet, HttpContext http)
    {
        var answer = await wallet.ListWalletsAsync(new ListWalletsRequest(), Call.Options(http));
        return new WalletsBody([.. answer.Wallets.Select(WalletBody.From)]);
    }

    private static async Task<BalanceBody> BalanceAsync(string? team_id, WalletClient wallet, HttpContext http)
    {
        var answer = await wallet.GetBalanceAsync(new GetBalanceRequest { TeamId = Require.Text("team_id", team_id) }, Call.Options(http));
        return new BalanceBody(WalletBody.From(answer.Effective), [.. answer.Cascade.Select(WalletBody.From)]);
    }

    private static async Task<TransactionsBody> TransactionsAsync(
        string id, int? page_size, string? page_token, WalletClient wallet, HttpContext http)
    {
        var answer = await wallet.ListTransactionsAsync(
            new ListTransactionsRequest { WalletId = id, PageSize = page_size ?? 0, PageToken = page_token ?? "" }, Call.Options(http));
        return new TransactionsBody([.. answer.Transactions.Select(TransferBody.From)], answer.NextPageToken);
    }

    private static async Task<VerifyBody> VerifyAsync(WalletClient wallet, HttpContext http)
    {
        var answer = await wallet.VerifyAsync(new VerifyRequest(), Call.Options(http, TimeSpan.FromMinutes(5)));
        return new VerifyBody(answer.Consistent, answer.Wallets, answer.Entries, [.. answer.Findings]);
    }
}

/// <param name="Note">Another name for description.</param>
internal sealed record AllocateBody(string? TeamId = null, Money? Amount = null, string? Currency = null, string? Description = null, string? Note = null);

/// <param name="Reference">Where the money comes from and its reference there, for example a purchase order.</param>
internal sealed record CreditBody(Money? Amount = null, string? Currency = null, string? Description = null, string? Reference = null);

internal sealed record WalletsBody(IReadOnlyList<WalletBody> Wallets);

/// <param name="Effective">The wallet that a call of this team is charged to.</param>
internal sealed record BalanceBody(WalletBody Effective, IReadOnlyList<WalletBody> Cascade);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record TransactionsBody(IReadOnlyList<TransferBody> Transactions, string NextPageToken);

internal sealed record VerifyBody(bool Consistent, long Wallets, long Entries, IReadOnlyList<string> Findings);
