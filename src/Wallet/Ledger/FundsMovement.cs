using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Wallet.Allocations;

namespace Platform.Wallet.Ledger;

/// <summary>
/// What one transaction does to move money between wallets: the wallets locked in order, the unit that changes them, and the periods of those whose money has periods.
/// </summary>
internal sealed class FundsMovement
{
    private readonly Dictionary<string, WalletAccounts> _before;
    private Dictionary<string, WalletPeriods>? _periods;

    private FundsMovement(NpgsqlTransaction transaction, List<WalletAccounts> locked, DateTimeOffset now)
    {
        Transaction = transaction;
        _before = locked.ToDictionary(wallet => wallet.WalletId);
        Unit = new LedgerUnit(locked, now);
    }

    public NpgsqlTransaction Transaction { get; }

    public LedgerUnit Unit { get; }

    public DateTimeOffset Now => Unit.Now;

    public static async Task<FundsMovement> LockAsync(
        NpgsqlTransaction transaction, IEnumerable<string> walletIds, DateTimeOffset now, CancellationToken cancellationToken) =>
        new(transaction, await LedgerStore.LockAsync(transaction, [.. walletIds.Distinct()], cancellationToken), now);

    /// <summary>A wallet as it was when it was locked; null when there is none.</summary>
    public WalletAccounts? Find(string walletId) => _before.GetValueOrDefault(walletId);

    /// <exception cref="RpcException">INVALID_ARGUMENT (CURRENCY_MISMATCH).</exception>
    public static void RequireCurrency(string currency, WalletAccounts wallet) => Rules.Require(
        currency == wallet.Currency ? null : $"The organisation's currency is {wallet.Currency}; the request has '{currency}'.", Reasons.CurrencyMismatch);

    /// <summary>Leases are not asked back for it: where calls go on they would be made again at once. People see what leases have not drawn in the balance, so they are told why it does not move.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION (INSUFFICIENT_FUNDS), with what is there.</exception>
    public static void RequireFunds(WalletAccounts giver, long amount, string remedy)
    {
        if (giver.Available < amount)
        {
            var leased = giver.Undrawn == 0 ? ""
                : $" Leases have {new Money(giver.Undrawn)} more of its balance ready for calls (GET /v1/wallets/leases lists them): that is back within a minute of its last call, or within seconds when the wallet is frozen.";
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.InsufficientFunds,
                $"{giver.WalletId} has {new Money(giver.Available)} {giver.Currency} available; {new Money(amount)} is asked for. {remedy}{leased}");
        }
    }

    /// <summary>The open periods of a locked wallet: to be changed before <see cref="WriteAsync"/>, which writes them.</summary>
    public async Task<WalletPeriods> PeriodsOfAsync(string walletId, CancellationToken cancellationToken)
    {
        _periods ??= await AllocationStore.ReadOpenPeriodsAsync(Transaction, _before.Keys, cancellationToken);
        return _periods.TryGetValue(walletId, out var found) ? found : _periods[walletId] = new WalletPeriods(walletId, []);
    }

    /// <summary>Says whose money it is that people are about to move out of a wallet; see <see cref="WalletPeriods.Take"/>.</summary>
    public async Task TakeAsync(string walletId, long amount, CancellationToken cancellationToken) =>
        (await PeriodsOfAsync(walletId, cancellationToken)).Take(amount, Unit[walletId].Unspent);

    /// <summary>Says whose money it is that is about to come back to a wallet; see <see cref="WalletPeriods.GiveBack"/>.</summary>
    public async Task GiveBackAsync(string walletId, long amount, CancellationToken cancellationToken) =>
        (await PeriodsOfAsync(walletId, cancellationToken)).GiveBack(amount, Unit[walletId].Unspent);

    /// <summary>Writes the unit and its wallets' periods in one round trip. New money for which no period was begun is money without an end.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach (var transfer in Unit.OfPeople().Where(transfer => transfer.Kind.BringsNewMoney()))
        {
            var periods = await PeriodsOfAsync(transfer.ToWallet, cancellationToken);
            if (!periods.Open.Any(period => period.TransferId == transfer.TransferId))
            {
                periods.AddWithoutEnd(transfer.Amount);
            }
        }

        await using var batch = new NpgsqlBatch(Transaction.Connection, Transaction);
        LedgerStore.AddTo(batch, Unit);
        foreach (var (walletId, periods) in _periods ?? [])
        {
            AllocationStore.AddTo(batch, walletId, periods, Now);
        }

        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
