namespace Platform.Cli;

/// <summary>The years that a date may lie in; one outside them is a slip, and arithmetic near the ends of what .NET can count fails.</summary>
internal static class Years
{
    public const int First = 2000;
    public const int Last = 2200;

    public static bool Hold(int year) => year is >= First and <= Last;
}
