using Platform.Contracts;

namespace Platform.Cli;

/// <summary>The years that a date may lie in; one outside them is a slip, and arithmetic near the ends of what .NET can count fails.</summary>
internal static class Years
{
    public static readonly int First = Moments.Earliest.Year;

    /// <summary>A range may end with the beginning of it.</summary>
    public static readonly int Last = Moments.Latest.Year;

    public static bool Hold(int year) => year >= First && year <= Last;
}
