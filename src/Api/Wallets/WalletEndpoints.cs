using System.ComponentModel.DataAnnotations;
using Grpc.Core;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api.Wallets;

/// <summary>Wallets and their balances.</summary>
internal static class WalletEndpoints
{
    public static void MapWallets(this WebApplication app)
    {
        var wallets = app.MapGroup("/v1/wallets").WithTags("wallets");
        wallets.MapPost("", CreateAsync).WithSummary("Makes the empty wallet of a user or an application within a team.").Produces<WalletBody>(StatusCodes.Status201Created);
        wallets.MapGet("", ListAsync).WithSummary("Wallets, filtered, in an order, by pages; all of them, or one team's, where nothing else is asked.");
        wallets.MapGet("/{id}", GetAsync).WithSummary("One wallet with its burn rate, that of it and all below it, and what is planned for it.");
        wallets.MapGet("/balance", BalanceAsync).WithSummary("The wallet that a call would be charged to, with the cascade up to the organisation.");
        wallets.MapGet("/verify", VerifyAsync).WithSummary("Derives every balance from its entries and checks the ledger's invariants.");
    }

    private static async Task<IResult> CreateAsync(CreateWalletBody body, WalletClient wallet, HttpContext http)
    {
        var made = await wallet.CreateWalletAsync(
            new CreateWalletRequest
            {
                TeamId = Require.Text("team_id", body.TeamId),
                UserId = Require.Filled("user_id", body.UserId),
                ApplicationId = Require.Filled("application_id", body.ApplicationId),
                Name = body.Name ?? "",
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(WalletBody.From(made), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<WalletsBody> ListAsync([AsParameters] WalletQuery query, WalletClient wallet, HttpContext http)
    {
        var asked = query.ToRequest();
        return WalletsBody.From(asked, await wallet.ListWalletsAsync(WalletsBody.Telling(asked), Call.Options(http)));
    }

    private static async Task<WalletDetailsBody> GetAsync(string id, WalletClient wallet, HttpContext http)
    {
        var answer = await wallet.GetWalletAsync(new GetWalletRequest { WalletId = id }, Call.Options(http));
        return new WalletDetailsBody(
            WalletBody.From(answer.Wallet), BurnRateBody.From(answer.BurnRate),
            [.. answer.Planned.Select(planned => new PlannedBody(planned.AllocationId, new(planned.AmountNanos), planned.DueAt.ToMoment(), planned.Waiting))],
            answer.TreeBurnRate is null ? null : BurnRateBody.From(answer.TreeBurnRate));
    }

    private static async Task<BalanceBody> BalanceAsync(string? team_id, string? user_id, string? application_id, WalletClient wallet, HttpContext http)
    {
        var answer = await wallet.GetBalanceAsync(
            new GetBalanceRequest { TeamId = Require.Text("team_id", team_id), UserId = user_id ?? "", ApplicationId = application_id ?? "" }, Call.Options(http));
        return new BalanceBody(
            WalletBody.From(answer.Effective), [.. answer.Cascade.Select(WalletBody.From)], BurnRateBody.From(answer.BurnRate));
    }

    private static async Task<VerifyBody> VerifyAsync(bool? new_entries_only, WalletClient wallet, HttpContext http)
    {
        var answer = await wallet.VerifyAsync(
            new VerifyRequest { NewEntriesOnly = new_entries_only ?? false }, Call.Options(http, TimeSpan.FromMinutes(10)));
        return new VerifyBody(answer.Consistent, answer.Wallets, answer.Entries, [.. answer.Findings]);
    }
}

/// <param name="TeamId">In which the user has, or whose application has, the wallet.</param>
/// <param name="UserId">Exactly one of user_id and application_id.</param>
/// <param name="Name">The id where absent.</param>
internal sealed record CreateWalletBody([property: Required] string? TeamId = null, string? UserId = null, string? ApplicationId = null, string? Name = null);

/// <param name="scope">organisation, team, user, application; comma-separated, as status.</param>
/// <param name="status">healthy, low, depleted.</param>
/// <param name="needs_action">Only those that are frozen, overdrawn, low, or have run out.</param>
/// <param name="search">What an id or a name begins with.</param>
/// <param name="order">id, left (the emptiest first) or held (the most first).</param>
internal sealed record WalletQuery(
    string? team_id, string? scope, string? status, bool? frozen, bool? needs_action, string? search, string? order, int? page_size, string? page_token, bool? totals)
{
    public ListWalletsRequest ToRequest()
    {
        var request = new ListWalletsRequest
        {
            TeamId = team_id ?? "",
            Scopes = { EnumText.List<WalletScope>("scope", scope) },
            Statuses = { EnumText.List<WalletStatus>("status", status) },
            NeedsAction = needs_action ?? false,
            Search = search ?? "",
            Order = order is null ? WalletOrder.Unspecified
                : EnumText.TryParse<WalletOrder>(order, out var known) ? known
                : throw RpcErrors.InvalidArgument($"There is no order '{Validation.Shown(order)}'; it is one of {EnumText.Names<WalletOrder>()}."),
            PageSize = page_size ?? 0,
            PageToken = page_token ?? "",
            WithTotals = totals ?? false,
        };
        if (frozen is { } asked)
        {
            request.Frozen = asked;
        }

        return request;
    }
}

/// <param name="NextPageToken">Empty on the last page.</param>
/// <param name="Totals">Of all wallets that the filters take, on whichever page; null unless asked for.</param>
internal sealed record WalletsBody(IReadOnlyList<WalletBody> Wallets, string NextPageToken, WalletTotalsBody? Totals)
{
    private const int DefaultPageSize = 100;

    /// <summary>
    /// What is asked of Wallet: with totals where a page is wanted, because one of an earlier version answers all wallets to whatever filters, and shows it by having none. Not with a page token: there
    /// are more wallets than a page has then, so that such an answer is longer than a page.
    /// </summary>
    public static ListWalletsRequest Telling(ListWalletsRequest asked)
    {
        var request = asked.Clone();
        // Equality does not tell a filter of false from none.
        request.WithTotals |= asked.PageToken.Length == 0 && (asked.HasFrozen || !asked.Equals(new ListWalletsRequest { TeamId = asked.TeamId }));
        return request;
    }

    /// <param name="asked">Before <see cref="Telling"/>.</param>
    /// <exception cref="RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE): Wallet is of an earlier version, and the answer is not what was asked for.</exception>
    public static WalletsBody From(ListWalletsRequest asked, ListWalletsResponse answer)
    {
        var isWhole = asked.PageToken.Length > 0 && answer.Wallets.Count > (asked.PageSize == 0 ? DefaultPageSize : asked.PageSize);
        if (isWhole || (Telling(asked).WithTotals && answer.Totals is null))
        {
            throw RpcErrors.Create(
                StatusCode.Unavailable, Reasons.DependencyUnavailable, "The Wallet service is of an earlier version, which knows no filters and pages of wallets. Upgrade it.");
        }

        return new WalletsBody(
            [.. answer.Wallets.Select(WalletBody.From)], answer.NextPageToken, asked.WithTotals && answer.Totals is { } totals ? WalletTotalsBody.From(totals) : null);
    }
}

/// <summary>Sums of what wallets have, each as it is told of one wallet.</summary>
/// <param name="Wallets">How many there are.</param>
internal sealed record WalletTotalsBody(long Wallets, Money Balance, Money Reserved, Money Suspense, Money TotalSpent, Money Overage)
{
    public static WalletTotalsBody From(WalletTotals totals) => new(
        totals.Wallets, new(totals.AvailableNanos + totals.LeasedUndrawnNanos), new(totals.HeldNanos - totals.LeasedUndrawnNanos), new(totals.SuspenseNanos), new(totals.SpentNanos),
        new(totals.OverageNanos));
}

/// <param name="BurnRate">Of what is charged to the wallet itself.</param>
/// <param name="Planned">The next allocations to it, not counted in the burn rates' outlook.</param>
/// <param name="TreeBurnRate">Of the wallet and all below it together; null when there is none below.</param>
internal sealed record WalletDetailsBody(WalletBody Wallet, BurnRateBody BurnRate, IReadOnlyList<PlannedBody> Planned, BurnRateBody? TreeBurnRate);

/// <param name="Waiting">Due, but the wallet above has too little.</param>
internal sealed record PlannedBody(string AllocationId, Money Amount, DateTimeOffset? DueAt, bool Waiting);

/// <param name="Effective">The wallet that such a call is charged to.</param>
/// <param name="BurnRate">Of the effective wallet.</param>
internal sealed record BalanceBody(WalletBody Effective, IReadOnlyList<WalletBody> Cascade, BurnRateBody BurnRate);

/// <param name="Entries">Those that were read.</param>
internal sealed record VerifyBody(bool Consistent, long Wallets, long Entries, IReadOnlyList<string> Findings);
