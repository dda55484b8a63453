using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>What was there, came in, went out and was left in a span of time.</summary>
internal sealed class GetStatement(StatementStore store, TimeProvider time)
{
    private const int MaximumItems = 1_000;

    // Longer than clocks of replicas differ and than a transaction that moves money lasts.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);

    public async Task<Statement> RunAsync(GetStatementRequest request, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("wallet_id", request.WalletId);
        var (first, end) = (Rules.ReadMoment("from", request.From), Rules.ReadMoment("to", request.To));
        Rules.Require(first < end ? null : "from and to are required, from before to.");
        var (from, to) = (first!.Value, end!.Value);
        var (wallet, facts, items, leftOut) = await store.ReadAsync(request.WalletId, from, to, MaximumItems, cancellationToken)
            ?? throw RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{request.WalletId}'. List the wallets to see what there is.");
        var statement = StatementArithmetic.Of(facts);
        statement.WalletId = wallet.WalletId;
        statement.Name = wallet.Name;
        statement.Currency = wallet.Currency;
        statement.From = request.From;
        statement.To = request.To;
        statement.Provisional = time.GetUtcNow() - Settling < to;
        statement.Items.AddRange(items.Select(item => item.ToContract(wallet.WalletId, wallet.Currency)));
        statement.ItemsLeftOut = leftOut;
        return statement;
    }
}
