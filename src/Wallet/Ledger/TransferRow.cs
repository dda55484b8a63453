using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>What a transfer says beside its accounts and amount.</summary>
/// <param name="Actor">Key id of who did it, or the service's name.</param>
/// <param name="OccurredAt">When it happened, at microsecond precision.</param>
/// <param name="LeaseId">The lease that the money was set aside for.</param>
/// <param name="Corrects">The transfer that this one takes back.</param>
/// <param name="IdempotencyKey">That people asked for it with; null for what calls and the schedule do.</param>
internal sealed record TransferDetails(
    string Actor,
    DateTimeOffset OccurredAt,
    string Description = "",
    string Reference = "",
    Guid? AttemptId = null,
    Guid? PostingId = null,
    TransferMarks Marks = TransferMarks.None,
    Guid? LeaseId = null,
    Guid? Corrects = null,
    string? IdempotencyKey = null);

/// <summary>What is said of a charge wherever it is shown.</summary>
[Flags]
internal enum TransferMarks : short
{
    None = 0,

    /// <summary>Charged to the organisation for a wallet below that could not cover it.</summary>
    Overflow = 1,

    /// <summary>Would have been refused, but its wallet only observes.</summary>
    Observed = 2,
}

/// <summary>One immutable transfer with both of its entries.</summary>
/// <param name="Amount">Above 0, in nano-units.</param>
/// <param name="AvailableBefore">Of the receiving wallet.</param>
internal sealed record TransferRow(
    Guid TransferId,
    TransferKind Kind,
    long Amount,
    string FromWallet,
    Account FromAccount,
    long FromBefore,
    string ToWallet,
    Account ToAccount,
    long ToBefore,
    long AvailableBefore,
    long AvailableAfter,
    TransferDetails Details,
    DateTimeOffset RecordedAt)
{
    /// <summary>The transfer as seen from one of its wallets.</summary>
    public Transfer ToContract(string walletId, string currency)
    {
        var fromElsewhere = FromWallet == walletId && ToWallet != walletId;
        return new Transfer
        {
            TransferId = TransferId.ToString(),
            Kind = Kind,
            WalletId = walletId,
            AmountNanos = Amount,
            Currency = currency,
            FromAccount = Accounts.Address(FromWallet, FromAccount),
            ToAccount = Accounts.Address(ToWallet, ToAccount),
            AvailableBeforeNanos = fromElsewhere ? FromBefore : AvailableBefore,
            AvailableAfterNanos = fromElsewhere ? FromBefore - Amount : AvailableAfter,
            Actor = Details.Actor,
            Description = Details.Description,
            AttemptId = Details.AttemptId?.ToString() ?? "",
            OccurredAt = Details.OccurredAt.ToTimestampUtc(),
            RecordedAt = RecordedAt.ToTimestampUtc(),
            Reference = Details.Reference,
            LeaseId = Details.LeaseId?.ToString() ?? "",
            Corrects = Details.Corrects?.ToString() ?? "",
            Overflow = Details.Marks.HasFlag(TransferMarks.Overflow),
            Observed = Details.Marks.HasFlag(TransferMarks.Observed),
            IdempotencyKey = Details.IdempotencyKey ?? "",
        };
    }
}
