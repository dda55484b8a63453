namespace Platform.ProviderSimulator.Generation;

/// <summary>
/// The seed of an answer: FNV-1a (64 bits) over the model and the messages, so that the same request always gets the same answer,
/// on every machine and in every process. Wrapping around is how these functions work, hence <c>unchecked</c>.
/// </summary>
internal static class PromptSeed
{
    private const ulong FnvOffset = 14_695_981_039_346_656_037;
    private const ulong FnvPrime = 1_099_511_628_211;

    public static ulong Start => FnvOffset;

    /// <summary>Mixes in a text and its end, so that ["ab", "c"] and ["a", "bc"] differ.</summary>
    public static ulong Add(ulong seed, ReadOnlySpan<char> text)
    {
        unchecked
        {
            foreach (var character in text)
            {
                seed = (seed ^ character) * FnvPrime;
            }
            return (seed ^ 0x1_0000) * FnvPrime;
        }
    }

    /// <summary>The value at a place of the sequence that the seed starts (the finaliser of SplitMix64).</summary>
    public static ulong At(ulong seed, int index)
    {
        unchecked
        {
            var value = seed + (((ulong)index + 1) * 0x9E37_79B9_7F4A_7C15);
            value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
            value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
            return value ^ (value >> 31);
        }
    }
}
