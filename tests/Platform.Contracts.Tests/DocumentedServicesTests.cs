using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Platform.IntegrationTests;

namespace Platform.Contracts.Tests;

/// <summary>The table of gRPC services in docs/api.md, against the contract.</summary>
public sealed partial class DocumentedServicesTests
{
    [Fact]
    public void Every_service_of_the_contract_is_documented_with_all_of_its_methods_and_no_others()
    {
        var documented = ServicePattern().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "api.md")))
            .ToDictionary(row => row.Groups["service"].Value, row => Methods(row.Groups["methods"].Value));

        Assert.Equal(
            Contract().Select(service => $"{service.FullName}: {string.Join(", ", service.Methods.Select(method => method.Name).Order())}").Order(),
            documented.Select(row => $"{row.Key}: {string.Join(", ", row.Value)}").Order());
    }

    private static IEnumerable<ServiceDescriptor> Contract() => typeof(Money).Assembly.GetTypes()
        .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
        .Select(type => type.GetProperty("Descriptor")?.GetValue(null)).OfType<FileDescriptor>()
        .SelectMany(file => file.Services);

    private static IEnumerable<string> Methods(string cell) => MethodPattern().Matches(cell).Select(method => method.Value).Order();

    [GeneratedRegex(@"^\| [a-z, ]+ \| `(?<service>platform\.[\w.]+)` \| (?<methods>.*) \|$", RegexOptions.Multiline)]
    private static partial Regex ServicePattern();

    // Behind a role's colon or a comma; what stands in brackets is about methods.
    [GeneratedRegex(@"(?<=(: |, ))[A-Z]\w+(?=$|[,;]| \()")]
    private static partial Regex MethodPattern();
}
