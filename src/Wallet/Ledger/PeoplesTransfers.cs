using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>The transfers that people make, or that end what people planned: few, and shown one by one. All others are made by calls.</summary>
internal static class PeoplesTransfers
{
    /// <summary>As in the condition of the index <c>transfer_of_people</c>.</summary>
    public static readonly IReadOnlyList<TransferKind> Kinds =
    [
        TransferKind.TopUp, TransferKind.Allocation, TransferKind.Reclaim, TransferKind.Transfer, TransferKind.Correction, TransferKind.Expiry,
    ];

    public static bool IsOfPeople(this TransferKind kind) => Kinds.Contains(kind);

    /// <summary>A unit's transfers of people, in order.</summary>
    public static IEnumerable<TransferRow> OfPeople(this LedgerUnit unit) => unit.Transfers.Where(transfer => transfer.Kind.IsOfPeople());

    /// <summary>Those that a correction may take back.</summary>
    public static bool IsCorrectable(this TransferKind kind) =>
        kind is TransferKind.TopUp or TransferKind.Allocation or TransferKind.Reclaim or TransferKind.Transfer;

    /// <summary>
    /// Those that bring money to their receiver that was not there before. All others bring back what went out, which concerns the money that was last taken
    /// (see <see cref="Allocations.SpendOrder"/>).
    /// </summary>
    public static bool BringsNewMoney(this TransferKind kind) => kind is TransferKind.TopUp or TransferKind.Allocation or TransferKind.Transfer;
}
