using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using BudgetBasis = Platform.Contracts.Events.BudgetBasis;
using Platform.Metering.Alerts;
using Platform.Metering.Alerts.Delivery;
using Platform.ServiceDefaults;

namespace Platform.Metering.Tests.Alerts;

/// <summary>Pure decisions of alerts, as tables.</summary>
public sealed class AlertDecisionTests
{
    private static readonly DateTimeOffset Now = AlertsFixture.Start;

    // Secret and message are the worked example of the reference libraries of Standard Webhooks.
    [Fact]
    public void Signature_is_that_of_the_specifications_reference_libraries() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Sign(
            [Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"u8));

    [Theory]
    [InlineData(1, null, 0.0, 5)]
    [InlineData(1, null, 1.0, 6)]
    [InlineData(2, null, 0.0, 300)]
    [InlineData(3, null, 0.0, 1_800)]
    [InlineData(4, null, 0.0, 7_200)]
    [InlineData(9, null, 0.0, 86_400)]
    [InlineData(1, 60, 0.0, 60)]
    [InlineData(2, 60, 0.0, 300)]
    [InlineData(1, -60, 0.0, 5)]
    [InlineData(1, 10_000_000, 0.0, 86_400)]
    [InlineData(10, null, 0.0, null)]
    [InlineData(11, 60, 0.0, null)]
    public void Pause_grows_with_attempts_and_respects_what_the_receiver_asks(int attempt, int? retryAfter, double chance, int? expected) => Assert.Equal(
        expected is { } seconds ? Now.AddSeconds(seconds) : null,
        RetrySchedule.Next(attempt, Now, retryAfter is { } asked ? TimeSpan.FromSeconds(asked) : null, chance));

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("ff02::1", false)]
    public void Only_public_addresses_are_reached_by_https_and_none_by_http(string address, bool isPublic)
    {
        var policy = new AddressPolicy(Options.Create(new AlertOptions()));
        Assert.Equal(isPublic, policy.IsAllowed(IPAddress.Parse(address), "https"));
        Assert.False(policy.IsAllowed(IPAddress.Parse(address), "http"));
    }

    [Fact]
    public void Allowed_network_is_reached_by_either_and_changes_nothing_for_others()
    {
        var policy = new AddressPolicy(Options.Create(new AlertOptions { AllowedNetworks = "10.0.0.0/8, ::1/128" }));
        Assert.True(policy.IsAllowed(IPAddress.Parse("10.1.2.3"), "http"));
        Assert.True(policy.IsAllowed(IPAddress.Parse("::ffff:10.1.2.3"), "https"));
        Assert.True(policy.IsAllowed(IPAddress.IPv6Loopback, "http"));
        Assert.False(policy.IsAllowed(IPAddress.Loopback, "https"));
        Assert.False(policy.IsAllowed(IPAddress.Parse("8.8.8.8"), "http"));
    }

    [Fact]
    public void Options_that_cannot_work_are_all_named()
    {
        var options = new AlertOptions
        {
            AllowedNetworks = "127.0.0.1/8x", Smtp = new SmtpOptions { Host = "mail", Port = 0, User = "u", Security = SmtpSecurity.None },
        };
        var problems = options.Validate(new ValidationContext(options)).Select(problem => problem.ErrorMessage!).ToList();
        foreach (var setting in new[] { "AllowedNetworks", "Smtp:Port", "Smtp:From", "Smtp:Security", "Smtp:Password" })
        {
            Assert.Contains(problems, problem => problem.Contains(setting, StringComparison.Ordinal));
        }

        Assert.Empty(new AlertOptions().Validate(new ValidationContext(options)));
    }

    [Fact]
    public void Misspelt_setting_of_the_mail_server_is_named_with_those_that_there_are()
    {
        using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("Alerts:Smtp:Hots", "mail"), new("Alerts:TimeoutSeconds", "5")]).Build())
            .AddSettings<AlertOptions>(AlertOptions.Section).Services.BuildServiceProvider();
        var refused = Assert.Throws<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate);
        Assert.Equal("There is no setting Alerts__Smtp__Hots. Of Alerts__Smtp there are: From, Host, Password, Port, Security, User.", Assert.Single(refused.Failures));
    }

    [Theory]
    [InlineData(BudgetBasis.Actual, 80, null, AlertSeverity.Warning, "Budget June has reached 80 %: 80.00 of 100.00 USD")]
    [InlineData(BudgetBasis.Actual, 100, null, AlertSeverity.Critical, "Budget June has reached 100 %: 80.00 of 100.00 USD")]
    [InlineData(BudgetBasis.Forecast, 80, 95L, AlertSeverity.Info, "Budget June is forecast to reach 80 %: 95.00 of 100.00 USD")]
    [InlineData(BudgetBasis.Forecast, 100, 130L, AlertSeverity.Warning, "Budget June is forecast to reach 100 %: 130.00 of 100.00 USD")]
    public void Budget_threshold_says_basis_and_figure(string basis, int percent, long? projected, AlertSeverity severity, string title)
    {
        const long unit = 1_000_000_000;
        var alert = AlertOfBudget.ThresholdCrossed(new BudgetThresholdCrossed(
            Guid.CreateVersion7(), "bud_1", "June", 1, new SpendScope(TeamId: "team_support", Model: "gpt-4o"), basis, percent, [50], 100 * unit, 80 * unit,
            projected * unit, "USD", "month", "UTC", Now, Now.AddDays(1), false, Now));
        Assert.Equal((severity, title, "team_support", "bud_1"), (alert.Severity, alert.Title, alert.TeamId, alert.Subject));
        Assert.StartsWith("Spend of team team_support, model gpt-4o, a month.", alert.Summary, StringComparison.Ordinal);
        Assert.Contains(new Figure("thresholds_reached", $"50, {percent}", "%"), alert.Figures);
    }
}
