using Platform.Routing.Policies;
using Platform.Routing.Shapes;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Shapes;

public sealed class ImageTokensTests
{
    // Worked out by hand from the published rules: eight tiles and a base, as many patches times a factor, or a figure.
    [Theory]
    [InlineData("OpenAi", "gpt-4o-mini", 48_169)]
    [InlineData("OpenAi", "gpt-4o-mini-2024-07-18", 48_169)]
    [InlineData("OpenAi", "gpt-4o", 1_445)]
    [InlineData("AzureOpenAi", "gpt-4.1", 1_445)]
    [InlineData("OpenAi", "gpt-4.1-mini", 2_489)]
    [InlineData("OpenAi", "gpt-4.1-nano", 3_779)]
    [InlineData("OpenAi", "o4-mini", 2_642)]
    [InlineData("OpenAi", "gpt-5.5-2026-04-23", 12_000)]
    [InlineData("OpenAi", "gpt-5.6", 36_000)]
    [InlineData("AzureOpenAi", "gpt-5.6-luna", 36_000)]
    [InlineData("OpenAi", "gpt-6-luna", null)]
    [InlineData("OpenAi", "gpt-4o-audio-preview", null)]
    [InlineData("OpenAi", "gpt-9", null)]
    [InlineData("Compatible", "gpt-4o", null)]
    [InlineData("Anthropic", "claude-sonnet-4-6", 1_600)]
    [InlineData("Anthropic", "claude-haiku-4-5-20251001", 1_600)]
    [InlineData("Anthropic", "claude-opus-4-7", 4_784)]
    [InlineData("Anthropic", "claude-opus-5-5", 4_784)]
    [InlineData("Anthropic", "claude-sonnet-5-5", 4_784)]
    [InlineData("Anthropic", "claude-haiku-5-5", null)]
    [InlineData("Anthropic", "claude-opus-9", null)]
    public void Image_counts_what_its_provider_publishes_for_the_model_or_nothing_is_known(string kind, string model, int? most) =>
        Assert.Equal(most, ImageTokens.MostOf(Routes.Target(model, Routes.OpenAi with { Kind = Enum.Parse<ProviderKind>(kind) })));
}
