using System.Text.RegularExpressions;
using Platform.IntegrationTests;
using Platform.Routing.Leases;

namespace Platform.Routing.Tests.Leases;

/// <summary>The section that Wallet's settings and gateways' share, against docs/operations.md.</summary>
public sealed partial class LeaseSettingsTests
{
    [Fact]
    public void Gateways_know_their_own_settings_of_leases_and_wallets()
    {
        var own = typeof(LeaseOptions).GetProperties().Select(property => property.Name);
        var documented = LeaseSettingPattern().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "operations.md"))).Select(setting => setting.Value);
        Assert.Equal(documented.Distinct().Order(), own.Concat(LeaseOptions.OfWallet).Order());
    }

    [GeneratedRegex(@"(?<=`Leases__)\w+(?=`)")]
    private static partial Regex LeaseSettingPattern();
}
