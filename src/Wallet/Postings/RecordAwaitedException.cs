namespace Platform.Wallet.Postings;

/// <summary>Corrections or credit notes came before the usage that they are of: they are to wait for it.</summary>
internal sealed class RecordAwaitedException(IReadOnlyList<Guid> recordIds, string why)
    : Exception($"Corrections {string.Join(", ", recordIds.Take(5))}{(recordIds.Count > 5 ? ", …" : "")} wait for what they correct: {why}.")
{
    /// <summary>The corrections.</summary>
    public IReadOnlyList<Guid> RecordIds { get; } = recordIds;

    public string Why { get; } = why;
}
