using Platform.Contracts;

namespace Platform.Dashboard.Tests;

internal static class Amounts
{
    /// <summary>So many dollars, euros or others.</summary>
    public static Money Units(long units) => new(units * Money.NanosPerUnit);
}
