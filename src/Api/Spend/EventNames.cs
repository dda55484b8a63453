using System.Globalization;
using System.Text.RegularExpressions;
using Platform.Contracts;

namespace Platform.Api.Spend;

/// <summary>What Metering says of an event or a row, by the names that REST has for its fields: whoever wrote <c>input_tokens</c> knows no <c>tokens.input</c>, and no nano-units.</summary>
internal static partial class EventNames
{
    public static string InRest(string message)
    {
        var range = AdjustmentRange().Match(message);
        return range.Success && Amount(range, 1) is { } least && Amount(range, 2) is { } most && Amount(range, 3) is { } given
            ? $"adjustment must be {least} to {most}; it is {given}."
            : Field().Replace(message, field => field.Groups["tokens"] is { Success: true } tokens ? $"{tokens.Value}_tokens" : field.Value == "model_served" ? "model" : "adjustment");
    }

    private static Money? Amount(Match range, int group) => long.TryParse(range.Groups[group].ValueSpan, CultureInfo.InvariantCulture, out var nanos) ? new Money(nanos) : null;

    // What is wrong begins with the field that it is wrong with; further on stands what callers wrote.
    [GeneratedRegex(@"^(tokens\.(?<tokens>\w+)|model_served|adjustment_nanos)\b")]
    private static partial Regex Field();

    [GeneratedRegex(@"^adjustment_nanos must be (-?\d+) to (-?\d+); it is (-?\d+)\.$")]
    private static partial Regex AdjustmentRange();
}
