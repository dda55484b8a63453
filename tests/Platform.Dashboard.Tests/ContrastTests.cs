using System.Globalization;
using System.Text.RegularExpressions;
using Platform.IntegrationTests;

namespace Platform.Dashboard.Tests;

/// <summary>
/// The style sheet's colours against WCAG 2.2, level AA, in both schemes: letters 4.5 to 1 on what they stand on (1.4.3), bars, lines and the focus 3 to 1 (1.4.11).
/// </summary>
public sealed partial class ContrastTests
{
    private const double OfLetters = 4.5;
    private const double OfShapes = 3;

    private static readonly (string Light, string Dark) Schemes = Read();

    [Theory]
    [InlineData("ink", "page surface line-soft accent-soft")]
    [InlineData("ink-soft", "page surface line-soft")]
    [InlineData("accent", "page surface line-soft accent-soft")]
    [InlineData("good", "good-soft")]
    [InlineData("warn", "surface warn-soft")]
    [InlineData("bad", "surface bad-soft")]
    // The button that signs in.
    [InlineData("surface", "accent")]
    public void Letters_are_read_on_what_they_stand_on(string letters, string grounds) => AssertApart(letters, grounds, OfLetters);

    [Theory]
    // Bars of the chart and of wallets, and what is left of a wallet's.
    [InlineData("series-0", "surface line-soft")]
    [InlineData("series-1", "surface")]
    [InlineData("series-2", "surface line-soft")]
    [InlineData("series-3", "surface")]
    [InlineData("series-4", "surface")]
    [InlineData("series-5", "surface")]
    [InlineData("series-6", "surface line-soft")]
    [InlineData("series-7", "surface")]
    // What has the focus, and the forecast's line.
    [InlineData("accent", "page surface line-soft accent-soft")]
    [InlineData("bad", "surface bad-soft")]
    [InlineData("good", "surface")]
    [InlineData("warn", "surface")]
    // The edges of fields.
    [InlineData("ink-soft", "page surface")]
    public void Shapes_are_seen_on_what_they_lie_on(string shape, string grounds) => AssertApart(shape, grounds, OfShapes);

    [Theory]
    [InlineData("#ffffff", "#000000", 21)]
    [InlineData("#777777", "#ffffff", 4.48)]
    [InlineData("#1f5f8b", "#1f5f8b", 1)]
    public void Contrast_is_that_of_the_guidelines(string one, string other, double expected) => Assert.Equal(expected, Contrast(one, other), 2);

    private static void AssertApart(string colour, string grounds, double least)
    {
        foreach (var (name, sheet) in new[] { ("light", Schemes.Light), ("dark", Schemes.Dark) })
        {
            Assert.All(grounds.Split(' '), ground =>
            {
                var contrast = Contrast(Value(sheet, colour), Value(sheet, ground));
                Assert.True(contrast >= least, string.Create(CultureInfo.InvariantCulture, $"{colour} on {ground} in the {name} scheme: {contrast:0.00} to 1, not {least}."));
            });
        }
    }

    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    /// <summary>Relative luminance of an sRGB colour, #rrggbb: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance.</summary>
    private static double Luminance(string colour)
    {
        return 0.2126 * Channel(1) + 0.7152 * Channel(3) + 0.0722 * Channel(5);

        double Channel(int place)
        {
            var part = int.Parse(colour.AsSpan(place, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);
        }
    }

    private static string Value(string scheme, string name) => Colour().Matches(scheme).Single(match => match.Groups["name"].Value == name).Groups["value"].Value;

    /// <summary>The two blocks of values: the light one, and that of the dark scheme.</summary>
    private static (string Light, string Dark) Read()
    {
        var blocks = Root().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "src", "Dashboard", "wwwroot", "app.css")));
        Assert.Equal(2, blocks.Count);
        return (blocks[0].Value, blocks[1].Value);
    }

    [GeneratedRegex(@":root \{[^}]*\}")]
    private static partial Regex Root();

    [GeneratedRegex("--(?<name>[a-z0-9-]+): (?<value>#[0-9a-f]{6});")]
    private static partial Regex Colour();
}
