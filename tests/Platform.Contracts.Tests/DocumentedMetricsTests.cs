using System.Text.RegularExpressions;
using Platform.IntegrationTests;

namespace Platform.Contracts.Tests;

/// <summary>The platform's own metrics in docs/, against those that the services make.</summary>
public sealed partial class DocumentedMetricsTests
{
    [Fact]
    public void Every_metric_of_the_services_is_documented_and_no_other()
    {
        var made = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => MadePattern().Matches(File.ReadAllText(file)).Select(made => made.Groups["name"].Value)).Distinct();
        var documented = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "docs"), "*.md")
            .SelectMany(page => DocumentedPattern().Matches(File.ReadAllText(page)).Select(named => named.Groups["name"].Value)).Distinct();
        Assert.Equal(made.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    // The kind may have type arguments, and its name may stand on the next line.
    [GeneratedRegex(@"\.Create(Observable)?(Counter|UpDownCounter|Gauge|Histogram)(<\w+>)?\(\s*""(?<name>[\w.]+)""")]
    private static partial Regex MadePattern();

    // With a dot behind its service: attributes of metrics and traces have none.
    [GeneratedRegex(@"`(?<name>(kt|gen_ai)\.\w+\.[\w.]+)`")]
    private static partial Regex DocumentedPattern();
}
