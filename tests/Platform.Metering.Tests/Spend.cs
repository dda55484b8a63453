using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests;

/// <summary>Makes parts of spend queries.</summary>
internal static class Spend
{
    public static SpendFilter Only(SpendDimension dimension, params string[] values) => new() { Dimension = dimension, Values = { values } };

    public static DateTimeOffset At(string moment) =>
        DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);
}
