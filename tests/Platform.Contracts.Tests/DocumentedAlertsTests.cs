using System.Text.RegularExpressions;
using Platform.Contracts.Metering.V1;
using Platform.IntegrationTests;

namespace Platform.Contracts.Tests;

/// <summary>The table of kinds of alerts in docs/operations.md, against the contract.</summary>
public sealed partial class DocumentedAlertsTests
{
    private const string Prefix = "ALERT_KIND_";

    [Fact]
    public void Every_kind_of_alert_is_documented_and_no_other()
    {
        var kinds = AlertsReflection.Descriptor.EnumTypes.Single(type => type.Name == nameof(AlertKind)).Values
            .Where(value => value.Number != 0).Select(value => value.Name[Prefix.Length..].ToLowerInvariant());
        var documented = RowPattern().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "operations.md")))
            .SelectMany(row => KindPattern().Matches(row.Groups["kinds"].Value).Select(kind => kind.Value));
        Assert.Equal(kinds.Order(), documented.Order());
    }

    // A row whose second cell says a severity.
    [GeneratedRegex(@"^\| (?<kinds>`\w+`(, `\w+`)*) \| (info|warning|critical)\b", RegexOptions.Multiline)]
    private static partial Regex RowPattern();

    [GeneratedRegex(@"(?<=`)\w+(?=`)")]
    private static partial Regex KindPattern();
}
