using System.Globalization;
using System.Net;
using System.Text;

namespace Platform.Api.Reviews;

/// <summary>A bridge as bars: the first and last stand on the ground, each step begins where the one before ended.</summary>
internal static class WaterfallChart
{
    private const int Width = 880;
    private const int Height = 260;
    private const int Top = 26;
    private const int Bottom = 44;
    private const double BarShare = 0.62;
    private const string Ground = "#2458a6";
    private const string More = "#b4462f";
    private const string Less = "#2f7d4f";

    public static string Draw(Waterfall waterfall)
    {
        var levels = new List<decimal> { waterfall.From.Amount };
        levels.AddRange(waterfall.Steps.Select((_, i) => waterfall.From.Amount + waterfall.Steps.Take(i + 1).Sum(step => step.Amount)));
        var (low, high) = Range([.. levels, waterfall.To.Amount]);
        double At(decimal level) => Top + ((Height - Top - Bottom) * (double)((high - level) / (high - low)));

        var slot = Width / (double)(waterfall.Steps.Count + 2);
        var text = new StringBuilder();
        text.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape($"From {waterfall.From.Name} to {waterfall.To.Name}")}\" font-family=\"inherit\" font-size=\"13\" text-anchor=\"middle\">");
        Bar(0, waterfall.From.Name, waterfall.From.Amount, low, waterfall.From.Amount, Ground);
        foreach (var (i, step) in waterfall.Steps.Index())
        {
            Bar(i + 1, step.Name, step.Amount, levels[i], levels[i + 1], step.Amount > 0 ? More : Less);
            text.Append(Line(i, levels[i]));
        }

        Bar(waterfall.Steps.Count + 1, waterfall.To.Name, waterfall.To.Amount, low, waterfall.To.Amount, Ground);
        text.Append(Line(waterfall.Steps.Count, levels[^1]));
        if (low > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width}\" y=\"{Height - 2}\" text-anchor=\"end\" font-size=\"11\" fill=\"#8a94a5\">bars begin at {Figure(low)}</text>");
        }

        return text.Append("</svg>").ToString();

        void Bar(int place, string name, decimal amount, decimal from, decimal to, string colour)
        {
            var (top, bottom) = (Math.Min(At(from), At(to)), Math.Max(At(from), At(to)));
            var middle = (place + 0.5) * slot;
            text.Append(CultureInfo.InvariantCulture, $"<rect x=\"{middle - (slot * BarShare / 2):0.#}\" y=\"{top:0.#}\" width=\"{slot * BarShare:0.#}\" height=\"{Math.Max(1, bottom - top):0.#}\" fill=\"{colour}\"/>");
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{middle:0.#}\" y=\"{top - 7:0.#}\" font-weight=\"600\" fill=\"#1c2430\">{Sign(place, amount)}{Figure(amount)}</text>");
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{middle:0.#}\" y=\"{Height - 18}\" fill=\"#566175\">{Escape(name)}</text>");
        }

        string Line(int place, decimal level) => string.Create(
            CultureInfo.InvariantCulture,
            $"<line x1=\"{((place + 0.5) * slot) + (slot * BarShare / 2):0.#}\" x2=\"{((place + 1.5) * slot) - (slot * BarShare / 2):0.#}\" y1=\"{At(level):0.#}\" y2=\"{At(level):0.#}\" stroke=\"#8a94a5\" stroke-dasharray=\"3 3\"/>");

        string Figure(decimal amount) => decimal.Round(amount, waterfall.Places, MidpointRounding.AwayFromZero).ToString($"N{waterfall.Places}", CultureInfo.InvariantCulture);

        string Sign(int place, decimal amount) => place > 0 && place <= waterfall.Steps.Count && amount > 0 ? "+" : "";
    }

    /// <summary>From zero, unless all of it is far above: then the ground is cut off, so that steps are seen.</summary>
    private static (decimal Low, decimal High) Range(IReadOnlyList<decimal> levels)
    {
        var (least, most) = (levels.Min(), levels.Max());
        var spread = most - least;
        var low = least > 0 && spread < least / 2 ? least - Math.Max(spread, most / 20) : Math.Min(0, least);
        return (low, most > low ? most : low + 1);
    }

    private static string Escape(string plain) => WebUtility.HtmlEncode(plain);
}
