using System.Text;

namespace Platform.ProviderSimulator.Generation;

/// <summary>What the model says: one word a token, chosen by the seed and the token's place.</summary>
internal static class OutputText
{
    private const int DefaultMinimumTokens = 20;
    private const int DefaultMaximumTokens = 120;

    // Plain ASCII without quotes or backslashes, so that a word can be put into a JSON string as it is. Every token carries its
    // leading space, as the tokens of real models do; each is at least one byte, so output never has more tokens than bytes.
    private static readonly byte[][] Tokens =
    [
        .. ("able area back base best call case clear close cost data date deep done draw each early even fact fair far figure "
            + "first flow form full give good great group half hand high hold idea join keep kind large last lead less level "
            + "light line long main mark mean month more most name near next note open order part plan price quick rate ready "
            + "real rest right share short side small start state still sum team term test time total trend true turn use "
            + "value view week well whole wide word work year")
            .Split(' ').Select(word => Encoding.ASCII.GetBytes(" " + word)),
    ];

    /// <summary>How many tokens the model would say if nothing capped it: 20 to 120, both included.</summary>
    public static int DefaultTokens(ulong seed) =>
        DefaultMinimumTokens + (int)(seed % (DefaultMaximumTokens - DefaultMinimumTokens + 1));

    /// <summary>The bytes of one token.</summary>
    public static ReadOnlySpan<byte> Token(ulong seed, int index) =>
        Tokens[(int)(PromptSeed.At(seed, index) % (ulong)Tokens.Length)];
}
