namespace Platform.Wallet.Postings;

/// <summary>Usage that cannot be posted, by its own figures or by those of its wallet. All else of its batch is posted; the broker keeps the batch where people see it.</summary>
internal sealed class PostingRefusedException(IReadOnlyList<Guid> recordIds, Exception why)
    : Exception($"Usage records {string.Join(", ", recordIds.Take(5))}{(recordIds.Count > 5 ? ", …" : "")} cannot be posted; all else of their batch is. {why.Message}", why)
{
    public IReadOnlyList<Guid> RecordIds { get; } = recordIds;
}
