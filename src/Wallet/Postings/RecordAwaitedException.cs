namespace Platform.Wallet.Postings;

/// <summary>Corrections or credit notes came before the usage that they are of: they are to wait for it.</summary>
/// <param name="whys">Why, by record; at least one.</param>
/// <param name="givesBackMore">They give back more than the wallets that may get it have spent.</param>
internal sealed class RecordAwaitedException(IReadOnlyDictionary<Guid, string> whys, bool givesBackMore)
    : Exception($"Corrections {string.Join(", ", whys.Keys.Take(5))}{(whys.Count > 5 ? ", …" : "")} wait for what they correct: {string.Join("; ", whys.Values.Distinct().Take(5))}.")
{
    public IReadOnlyDictionary<Guid, string> Whys { get; } = whys;

    public bool GivesBackMore { get; } = givesBackMore;
}
