using System.Globalization;
using System.Text.RegularExpressions;
using Platform.IntegrationTests;

namespace Platform.Dashboard.Tests;

/// <summary>
/// The style sheet's colours against WCAG 2.2, level AA, in both schemes: letters 4.5 to 1 on what they stand on (1.4.3), bars, lines and the focus 3 to 1 (1.4.11). No colour and no rule that names two of them is left out.
/// </summary>
public sealed partial class ContrastTests
{
    private const double OfLetters = 4.5;
    private const double OfShapes = 3;

    /// <summary>What only parts things from each other: nobody has to see it to read the page.</summary>
    private const string Decoration = "line";

    private static readonly string Sheet = File.ReadAllText(Path.Combine(Checkout.Root, "src", "Dashboard", "wwwroot", "app.css"));
    private static readonly (string Light, string Dark) Schemes = Read();

    /// <summary>Letters, and what they stand on.</summary>
    public static TheoryData<string, string> Letters => new()
    {
        { "ink", "page surface line-soft accent-soft" },
        { "ink-soft", "page surface line-soft" },
        { "accent", "page surface line-soft accent-soft" },
        { "good", "good-soft" },
        { "warn", "surface warn-soft" },
        { "bad", "surface bad-soft" },
        // The button that signs in.
        { "surface", "accent" },
    };

    /// <summary>Bars, lines and edges, and what they lie on.</summary>
    public static TheoryData<string, string> Shapes => new()
    {
        // Bars of the chart and of wallets, and what is left of a wallet's.
        { "series-0", "surface line-soft" },
        { "series-1", "surface" },
        { "series-2", "surface line-soft" },
        { "series-3", "surface" },
        { "series-4", "surface" },
        { "series-5", "surface" },
        { "series-6", "surface line-soft" },
        { "series-7", "surface" },
        // What has the focus, the forecast's line within its band, and the band's edge.
        { "accent", "page surface line-soft accent-soft band" },
        { "bad", "surface bad-soft" },
        { "good", "surface" },
        { "warn", "surface" },
        // The edges of fields, and of today.
        { "ink-soft", "page surface" },
    };

    [Theory]
    [MemberData(nameof(Letters))]
    public void Letters_are_read_on_what_they_stand_on(string letters, string grounds) => AssertApart(letters, grounds, OfLetters);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Shapes_are_seen_on_what_they_lie_on(string shape, string grounds) => AssertApart(shape, grounds, OfShapes);

    [Fact]
    public void A_rule_that_names_letters_and_their_ground_uses_a_pair_that_is_held_apart()
    {
        var used = Rule().Matches(Sheet).Select(rule => (Letters: Ink().Match(rule.Value).Groups["name"].Value, Ground: Ground().Match(rule.Value).Groups["name"].Value))
            .Where(pair => pair.Letters.Length > 0 && pair.Ground.Length > 0).Distinct().ToList();
        Assert.True(used.Count > 5, string.Join(", ", used));
        Assert.All(used, pair => Assert.Contains(Letters, known => known.Data.Item1 == pair.Letters && known.Data.Item2.Split(' ').Contains(pair.Ground)));
    }

    [Fact]
    public void Every_colour_is_held_apart_from_another()
    {
        var known = Letters.Concat(Shapes).SelectMany(pair => pair.Data.Item2.Split(' ').Append(pair.Data.Item1)).Append(Decoration);
        Assert.Equal(Colour().Matches(Schemes.Light).Select(colour => colour.Groups["name"].Value).Order(), known.Distinct().Order());
    }

    /// <summary>The forecast's band itself is pale, so its edge is drawn.</summary>
    [Fact]
    public void A_band_that_is_paler_than_shapes_may_be_has_an_edge()
    {
        Assert.Contains(Rule().Matches(Sheet), rule => rule.Groups["selector"].Value.Trim() == ".band" && rule.Value.Contains("stroke: var(--accent)", StringComparison.Ordinal));
        Assert.All(new[] { Schemes.Light, Schemes.Dark }, scheme => Assert.True(Contrast(Value(scheme, "band"), Value(scheme, "surface")) < OfShapes));
    }

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
            var part = Part(colour, place) / 255.0;
            return part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);
        }
    }

    /// <summary>As it is seen: what lets light through lies on a panel.</summary>
    private static string Value(string scheme, string name)
    {
        var value = Colour().Matches(scheme).Single(match => match.Groups["name"].Value == name).Groups["value"].Value;
        return value.Length == "#rrggbb".Length ? value : Over(value, Value(scheme, "surface"));
    }

    /// <summary>What #rrggbbaa looks like on a colour.</summary>
    private static string Over(string colour, string ground)
    {
        var share = Part(colour, 7) / 255.0;
        return string.Create(CultureInfo.InvariantCulture, $"#{Mixed(1):x2}{Mixed(3):x2}{Mixed(5):x2}");

        int Mixed(int place) => (int)Math.Round((Part(colour, place) * share) + (Part(ground, place) * (1 - share)));
    }

    private static int Part(string colour, int place) => int.Parse(colour.AsSpan(place, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>The two blocks of values: the light one, and that of the dark scheme.</summary>
    private static (string Light, string Dark) Read()
    {
        var blocks = Root().Matches(Sheet);
        Assert.Equal(2, blocks.Count);
        return (blocks[0].Value, blocks[1].Value);
    }

    [GeneratedRegex(@":root \{[^}]*\}")]
    private static partial Regex Root();

    [GeneratedRegex(@"(?<selector>[^{}]+)\{[^{}]*\}")]
    private static partial Regex Rule();

    [GeneratedRegex(@"[\s;{]color: var\(--(?<name>[a-z0-9-]+)\)")]
    private static partial Regex Ink();

    [GeneratedRegex(@"[\s;{]background: var\(--(?<name>[a-z0-9-]+)\)")]
    private static partial Regex Ground();

    [GeneratedRegex("--(?<name>[a-z0-9-]+): (?<value>#[0-9a-f]{6}(?:[0-9a-f]{2})?);")]
    private static partial Regex Colour();
}
