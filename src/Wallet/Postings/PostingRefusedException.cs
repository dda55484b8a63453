using Platform.ServiceDefaults.Messaging;

namespace Platform.Wallet.Postings;

/// <summary>Usage that cannot be posted, by its own figures or by those of its wallet. All else of its batch is posted; the batch goes where people see it.</summary>
internal sealed class PostingRefusedException(IReadOnlyList<Guid> recordIds, Exception why)
    : MessageRefusedException($"Usage records {string.Join(", ", recordIds.Take(5))}{(recordIds.Count > 5 ? ", …" : "")} cannot be posted; all else of their batch is. {why.Message}")
{
    public IReadOnlyList<Guid> RecordIds { get; } = recordIds;
}
