using Platform.Api.Http;
using Platform.Contracts.Wallet.V1;
using ControlsClient = Platform.Contracts.Wallet.V1.Controls.ControlsClient;

namespace Platform.Api.Wallets;

/// <summary>What a wallet's owner decides about it.</summary>
internal static class WalletPolicyEndpoints
{
    public static void MapWalletPolicy(this WebApplication app)
    {
        var wallets = app.MapGroup("/v1/wallets").WithTags("wallets");
        wallets.MapPatch("/{id}/policy", SetAsync).WithSummary("Changes what is given of a wallet's policy.").Produces<WalletPolicyBody>();
        wallets.MapPost("/{id}/freeze", FreezeAsync).WithSummary("Nothing is set aside from this wallet any more.").Produces<WalletPolicyBody>();
        wallets.MapPost("/{id}/unfreeze", UnfreezeAsync).WithSummary("Calls are charged to this wallet again.").Produces<WalletPolicyBody>();
    }

    private static async Task<IResult> SetAsync(string id, SetPolicyBody body, ControlsClient controls, HttpContext http)
    {
        var request = new SetWalletPolicyRequest { WalletId = id, IdempotencyKey = Call.IdempotencyKey(http) };
        if (body.Observe is { } observe)
        {
            request.Observe = observe;
        }

        if (body.OverflowToParent is { } overflow)
        {
            request.OverflowToParent = overflow;
        }

        if (body.EmptyWaitSeconds is { } seconds)
        {
            request.EmptyWaitSeconds = seconds;
        }

        if (body.LowPercents is { } percents)
        {
            request.LowPercents = new LowPercents { Percents = { percents } };
        }

        return Results.Ok(WalletPolicyBody.From(await controls.SetWalletPolicyAsync(request, Call.Options(http))));
    }

    private static async Task<IResult> FreezeAsync(string id, FreezeBody? body, ControlsClient controls, HttpContext http) =>
        Results.Ok(WalletPolicyBody.From(await controls.FreezeWalletAsync(
            new FreezeWalletRequest { WalletId = id, Description = body?.Description ?? "", IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http))));

    private static async Task<IResult> UnfreezeAsync(string id, FreezeBody? body, ControlsClient controls, HttpContext http) =>
        Results.Ok(WalletPolicyBody.From(await controls.UnfreezeWalletAsync(
            new UnfreezeWalletRequest { WalletId = id, Description = body?.Description ?? "", IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http))));
}

/// <param name="Observe">Would-be refusals are recorded instead of refused; outside the ceiling's claim.</param>
/// <param name="OverflowToParent">What the wallet cannot cover is charged to the organisation, and marked.</param>
/// <param name="EmptyWaitSeconds">How long a call waits for funds before it is refused, 0 to 60.</param>
/// <param name="LowPercents">Low-balance levels in percent of what was left when money last came in, at most 5; empty: none.</param>
internal sealed record SetPolicyBody(
    bool? Observe = null, bool? OverflowToParent = null, int? EmptyWaitSeconds = null, IReadOnlyList<int>? LowPercents = null);

/// <param name="Description">Why, for the audit log.</param>
internal sealed record FreezeBody(string? Description = null);

internal sealed record WalletPolicyBody(
    string WalletId, bool Frozen, bool Observe, bool OverflowToParent, int EmptyWaitSeconds, IReadOnlyList<int> LowPercents)
{
    public static WalletPolicyBody From(WalletView view) => new(
        view.WalletId, view.Policy.Frozen, view.Policy.Observe, view.Policy.OverflowToParent, view.Policy.EmptyWaitSeconds, [.. view.Policy.LowPercents]);
}
