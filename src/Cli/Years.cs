using Platform.Contracts;

namespace Platform.Cli;

/// <summary>The years that a date may lie in, the API's; one outside them is a slip, and arithmetic near the ends of what .NET can count fails.</summary>
internal static class Years
{
    public static readonly int First = Moments.Earliest.Year;

    public static readonly int Last = Moments.Latest.Year - 1;

    public static bool Hold(int year) => Moments.HasYear(year);
}
