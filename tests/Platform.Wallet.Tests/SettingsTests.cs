using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Platform.IntegrationTests;
using Platform.ServiceDefaults;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;

namespace Platform.Wallet.Tests;

/// <summary>Settings as an environment brings them, when the service starts.</summary>
public sealed partial class SettingsTests
{
    [Fact]
    public void What_is_no_setting_is_refused_with_those_that_there_are_beside_what_is_out_of_range()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Start<HoldOptions>(HoldOptions.Section, [], ("Holds:Writrs", "2"), ("Holds:SWEEPSECONDS", "0")));
        Assert.Equal(
            [
                "There is no setting Holds__Writrs. Of Holds there are: DefaultExpirySeconds, QueueLimit, SentLimitSeconds, SweepSeconds, Writers.",
                "DataAnnotation validation failed for 'HoldOptions' members: 'SweepSeconds' with the error: 'The field SweepSeconds must be between 1 and 300.'.",
            ],
            refused.Failures.Order(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public void What_is_of_no_section_of_its_own_is_none_of_its_business() =>
        Start<HoldOptions>(HoldOptions.Section, [], ("Journal:HeldUsage", "1"), ("Holds", "here"), ("Holds_Port", "80"), ("Holds:Writers", "2"));

    [Fact]
    public void One_environment_may_set_up_leases_of_wallet_and_of_gateways()
    {
        Start<LeaseOptions>(LeaseOptions.Section, LeaseOptions.OfGateways, [.. LeaseOptions.OfGateways.Select(setting => ($"Leases:{setting}", "1"))]);
        var own = typeof(LeaseOptions).GetProperties().Where(property => property.CanWrite).Select(property => property.Name);
        var documented = LeaseSettingPattern().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "operations.md"))).Select(setting => setting.Value);
        Assert.Equal(documented.Distinct().Order(), own.Concat(LeaseOptions.OfGateways).Order());
    }

    private static void Start<TOptions>(string section, string[] ofOthers, params (string Name, string Value)[] settings)
        where TOptions : class
    {
        using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))).Build())
            .AddSettings<TOptions>(section, ofOthers).Services.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
    }

    [GeneratedRegex(@"(?<=`Leases__)\w+(?=`)")]
    private static partial Regex LeaseSettingPattern();
}
