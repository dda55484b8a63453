using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api.Wallets;

/// <summary>What was there, came in, went out and was left in a period.</summary>
internal static class StatementEndpoint
{
    public static void MapStatement(this WebApplication app) =>
        app.MapGet("/v1/wallets/{id}/statement", GetAsync)
            .WithTags("wallets")
            .WithSummary("Opening, in, out and closing of a calendar period (2026-06, 2026-Q2, 2026, 2026-06-15) or of a span, in a time zone.");

    private static async Task<StatementBody> GetAsync(
        string id, string? period, string? from, string? to, string? time_zone, WalletClient wallet, HttpContext http)
    {
        var zone = TimeRange.Zone(time_zone);
        if (period is not null && (from is not null || to is not null))
        {
            throw RpcErrors.InvalidArgument("Give period, or from and to, not both.");
        }

        var (begin, end) = period is not null
            ? TimeRange.Period(period, zone)
            : (TimeRange.Moment("from", Require.Text("period (or from and to)", from), zone)!.Value, TimeRange.Moment("to", Require.Text("to", to), zone)!.Value);
        var statement = await wallet.GetStatementAsync(
            new GetStatementRequest { WalletId = id, From = begin.ToTimestampUtc(), To = end.ToTimestampUtc() }, Call.Options(http));
        return StatementBody.FromStatement(statement, period ?? "", zone.Id);
    }
}

/// <summary>Adds up: closing.total = opening.total + in.total - out.total + overage - repaid.</summary>
/// <param name="Period">As it was asked for; empty for a span.</param>
/// <param name="To">Exclusive.</param>
/// <param name="Provisional">The period has not ended, or only just: figures may change.</param>
/// <param name="Overage">Spent beyond funding: part of out.spent, but nothing left the wallet for it.</param>
/// <param name="Repaid">What went to repay overage.</param>
/// <param name="Items">Money moved by people and by periods that ended, oldest first.</param>
internal sealed record StatementBody(
    string WalletId, string Name, string Currency, string Period, DateTimeOffset? From, DateTimeOffset? To, string TimeZone, bool Provisional,
    StatementBalanceBody Opening, StatementInBody In, StatementOutBody Out, Money Overage, Money Repaid, StatementBalanceBody Closing,
    IReadOnlyList<TransferBody> Items, long ItemsLeftOut)
{
    public static StatementBody FromStatement(Statement s, string period, string timeZone) => new(
        s.WalletId, s.Name, s.Currency, period, s.From.ToMoment(), s.To.ToMoment(), timeZone, s.Provisional, StatementBalanceBody.From(s.Opening),
        StatementInBody.From(s), StatementOutBody.From(s), new(s.OverageNanos), new(s.RepaidNanos), StatementBalanceBody.From(s.Closing),
        [.. s.Items.Select(TransferBody.From)], s.ItemsLeftOut);
}

/// <param name="Balance">Available.</param>
/// <param name="SetAside">Held (leases included) or in suspense.</param>
/// <param name="Total">Both together: what is not spent.</param>
/// <param name="Overage">Spent beyond funding and not yet repaid at that moment.</param>
internal sealed record StatementBalanceBody(Money Balance, Money SetAside, Money Total, Money Overage)
{
    public static StatementBalanceBody From(StatementBalance balance) =>
        new(new(balance.AvailableNanos), new(balance.SetAsideNanos), new(balance.TotalNanos), new(balance.OverageNanos));
}

/// <param name="Reclaims">Back from wallets below.</param>
/// <param name="Expiries">Unspent money of ended periods, back from wallets below.</param>
/// <param name="Refunds">Corrections of usage.</param>
internal sealed record StatementInBody(
    Money TopUps, Money Allocations, Money Reclaims, Money Transfers, Money Corrections, Money Expiries, Money Refunds, Money Total)
{
    public static StatementInBody From(Statement s) => new(
        new(s.ToppedUpNanos), new(s.AllocatedInNanos), new(s.ReclaimedInNanos), new(s.TransferredInNanos), new(s.CorrectedInNanos), new(s.ExpiredInNanos),
        new(s.RefundedNanos),
        new(s.ToppedUpNanos + s.AllocatedInNanos + s.ReclaimedInNanos + s.TransferredInNanos + s.CorrectedInNanos + s.ExpiredInNanos + s.RefundedNanos));
}

/// <param name="Spent">Overage included.</param>
internal sealed record StatementOutBody(Money Allocations, Money Reclaims, Money Transfers, Money Corrections, Money Expiries, Money Spent, Money Total)
{
    public static StatementOutBody From(Statement s) => new(
        new(s.AllocatedOutNanos), new(s.ReclaimedOutNanos), new(s.TransferredOutNanos), new(s.CorrectedOutNanos), new(s.ExpiredOutNanos), new(s.SpentNanos),
        new(s.AllocatedOutNanos + s.ReclaimedOutNanos + s.TransferredOutNanos + s.CorrectedOutNanos + s.ExpiredOutNanos + s.SpentNanos));
}
