using Platform.Routing.Policies;

namespace Platform.Routing.Shapes;

/// <summary>
/// The most tokens that an image can count, of models whose provider publishes it, by model and its dated snapshots. Where nothing is published an image cannot
/// be bounded, and is refused.
/// </summary>
/// <remarks>
/// OpenAI (https://platform.openai.com/docs/guides/images-vision#calculating-costs): an image is scaled down to fit into 2,048 by 2,048 pixels and to a shorter side of
/// 768, so it has at most eight tiles of 512 pixels, each of which costs tokens beside a base; or it is scaled down to at most 1,536 patches of 32 pixels, times the
/// model's factor. GPT-5.5 scales it down to 10,000 patches at most; GPT-5.6 does not scale it at all, but refuses more than 30,000. Anthropic
/// (https://platform.claude.com/docs/en/build-with-claude/vision): an image is scaled down to about 1,600 tokens; with high resolution, from Opus 4.7 on, to 4,784.
/// </remarks>
internal static class ImageTokens
{
    private const int MostTiles = 8;
    private const int MostPatches = 1536;
    private const int Claude = 1_600;
    private const int ClaudeHighResolution = 4_784;

    private static readonly (string Model, int Most)[] OpenAi =
    [
        ("gpt-4o-mini", Tiles(2833, 5667)), ("gpt-4o", Tiles(85, 170)), ("gpt-4.1", Tiles(85, 170)), ("gpt-5", Tiles(70, 140)), ("o1", Tiles(75, 150)), ("o3", Tiles(75, 150)),
        ("gpt-4.1-mini", Patches(1.62m)), ("gpt-5-mini", Patches(1.62m)), ("gpt-4.1-nano", Patches(2.46m)), ("gpt-5-nano", Patches(2.46m)), ("o4-mini", Patches(1.72m)),
        ("gpt-5.5", Patches(1.2m, 10_000)), ("gpt-5.6", Patches(1.2m, 30_000)), ("gpt-5.6-sol", Patches(1.2m, 30_000)), ("gpt-5.6-terra", Patches(1.2m, 30_000)),
        ("gpt-5.6-luna", Patches(1.2m, 30_000)),
    ];

    private static readonly (string Model, int Most)[] Anthropic =
    [
        ("claude-haiku-4-5", Claude), ("claude-sonnet-4", Claude), ("claude-sonnet-4-5", Claude), ("claude-sonnet-4-6", Claude), ("claude-opus-4", Claude),
        ("claude-opus-4-1", Claude), ("claude-opus-4-5", Claude), ("claude-opus-4-6", Claude), ("claude-opus-4-7", ClaudeHighResolution),
        ("claude-opus-4-8", ClaudeHighResolution), ("claude-opus-5", ClaudeHighResolution), ("claude-opus-5-5", ClaudeHighResolution),
        ("claude-sonnet-5", ClaudeHighResolution), ("claude-sonnet-5-5", ClaudeHighResolution), ("claude-fable-5", ClaudeHighResolution),
    ];

    /// <summary>Null when the target's images cannot be bounded.</summary>
    public static int? MostOf(RouteTarget target)
    {
        var published = target.Provider.Kind switch
        {
            ProviderKind.OpenAi or ProviderKind.AzureOpenAi => OpenAi,
            ProviderKind.Anthropic => Anthropic,
            _ => [],
        };
        foreach (var (model, most) in published)
        {
            if (target.Model == model || (target.Model.StartsWith(model, StringComparison.Ordinal) && target.Model.AsSpan(model.Length).StartsWith("-20")))
            {
                return most;
            }
        }

        return null;
    }

    private static int Tiles(int ofBase, int ofTile) => ofBase + (MostTiles * ofTile);

    private static int Patches(decimal factor, int most = MostPatches) => (int)decimal.Ceiling(most * factor);
}
