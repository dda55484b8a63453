using System.Globalization;
using Platform.Contracts;

namespace Platform.Cli.Imports;

/// <summary>Numbers as people and spreadsheets write them: 1,234.56, or 1.234,56 where that is said.</summary>
internal static class WrittenNumber
{
    private const int GroupSize = 3;

    /// <summary>
    /// A count such as 12.000, where points begin the decimals: twelve to one who reads it, twelve thousand to one who wrote it. A count has no decimals, but for the 12.0 that programs write.
    /// </summary>
    /// <param name="point">What begins the decimals.</param>
    public static bool IsAmbiguousCount(string text, char point) =>
        text.IndexOf(point, StringComparison.Ordinal) is >= 0 and var at && text.AsSpan(at + 1).Trim() is { Length: GroupSize } decimals && !decimals.ContainsAnyExceptInRange('0', '9');

    /// <summary>Null for what is no number.</summary>
    /// <exception cref="FormatException">It has separators of thousands that are none: .NET takes them anywhere, so that 12,50 would be 1250.</exception>
    public static decimal? Read(string text, string name, NumberFormatInfo format)
    {
        if (!decimal.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, format, out var number))
        {
            return null;
        }

        var (group, point) = (format.NumberGroupSeparator[0], format.NumberDecimalSeparator[0]);
        var end = text.AsSpan().IndexOfAny(point, 'e', 'E');
        string[] groups = (end < 0 ? text : text[..end]).Trim().TrimStart('+', '-').Split(group);
        return groups.Length == 1 || (groups[0].Length is > 0 and <= GroupSize && groups.Skip(1).All(digits => digits.Length == GroupSize))
            ? number
            : throw new FormatException(
                $"{name} '{Validation.Shown(text)}' has a {(group == ',' ? "comma" : "point")} that parts no thousands; {(group == ',' ? "say --decimal-comma if it begins the decimals." : "leave --decimal-comma out if it begins the decimals.")}");
    }
}
