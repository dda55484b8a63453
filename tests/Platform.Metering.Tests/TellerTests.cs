using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;

namespace Platform.Metering.Tests;

/// <summary>In whose name who may tell usage.</summary>
public sealed class TellerTests
{
    public static TheoryData<string, Action<UsageEvent>> OfGateways => new()
    {
        { "source", usage => usage.Source = "gateway/routing-0" },
        { "source in capitals", usage => usage.Source = "Gateway/routing-0" },
    };

    public static TheoryData<string, Action<UsageEvent>> OfOperators => new()
    {
        { "suspense", usage => usage.Source = "suspense" },
        { "leased", usage => usage.Funding = Funding.Leased },
        { "attempt", usage => usage.AttemptId = Guid.CreateVersion7().ToString() },
        { "correction", usage => usage.CorrectsRecordId = Guid.CreateVersion7().ToString() },
        { "price", usage => usage.PriceId = 1 },
    };

    [Theory]
    [MemberData(nameof(OfGateways))]
    public void What_is_the_gateways_own_is_told_by_gateways_alone(string what, Action<UsageEvent> with)
    {
        Assert.Null(TellerCheck.Complaint(Event(with), Role.Gateway));
        Assert.All([Role.Editor, Role.BillingAdmin, Role.Admin, Role.Owner], role => Assert.Contains("gateways' own", TellerCheck.Complaint(Event(with), role)));
        Assert.NotEmpty(what);
    }

    [Theory]
    [MemberData(nameof(OfOperators))]
    public void What_is_for_operators_is_not_told_by_editors(string what, Action<UsageEvent> with)
    {
        Assert.All([Role.Gateway, Role.BillingAdmin, Role.Owner], role => Assert.Null(TellerCheck.Complaint(Event(with), role)));
        Assert.Contains("billing_admin", TellerCheck.Complaint(Event(with), Role.Editor));
        Assert.NotEmpty(what);
    }

    [Fact]
    public void Any_other_source_is_anybodys() => Assert.All(
        ["gateway-1", "gateway", "api", "suspense-2", "my/gateway/"], source => Assert.Null(TellerCheck.Complaint(Event(usage => usage.Source = source), Role.Editor)));

    private static UsageEvent Event(Action<UsageEvent> with) => Events.New("one", with: usage =>
    {
        usage.Funding = Funding.External;
        with(usage);
    });
}
