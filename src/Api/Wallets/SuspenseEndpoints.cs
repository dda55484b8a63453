using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api.Wallets;

/// <summary>The operator's decision on an attempt that was sent and whose usage is unknown.</summary>
internal static class SuspenseEndpoints
{
    public static void MapSuspense(this WebApplication app) =>
        app.MapPost("/v1/wallets/suspense/{attempt_id}/settle", SettleAsync)
            .WithTags("wallets")
            .WithSummary("Posts what a suspended attempt cost as spent and gives the rest back.")
            .Produces<HoldBody>();

    private static async Task<IResult> SettleAsync(string attempt_id, SettleBody body, WalletClient wallet, HttpContext http)
    {
        var cost = Require.Value("cost", body.Cost);
        if (cost.Nanos < 0)
        {
            throw RpcErrors.InvalidArgument($"cost must be zero or more; it is {cost}.", Reasons.AmountInvalid);
        }

        var hold = await wallet.SettleSuspenseAsync(
            new SettleSuspenseRequest
            {
                AttemptId = attempt_id,
                CostNanos = cost.Nanos,
                Description = body.Description ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Ok(new HoldBody(hold.AttemptId, EnumText.Of(hold.State), new Money(hold.HeldNanos)));
    }
}

/// <param name="Cost">What the provider's bill says, zero or more.</param>
internal sealed record SettleBody(Money? Cost, string? Description);

/// <param name="Reserved">What is still set aside.</param>
internal sealed record HoldBody(string AttemptId, string State, Money Reserved);
