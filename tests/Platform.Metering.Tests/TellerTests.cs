using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.ServiceDefaults.Identity;

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

    [Fact]
    public void Money_without_tokens_is_told_by_billing_admins_and_by_no_gateway()
    {
        Assert.All([Role.BillingAdmin, Role.Owner], role => Assert.Null(TellerCheck.Complaint(Event(usage => usage.AdjustmentNanos = -1), Of(role))));
        Assert.All([Role.Editor, Role.Gateway], role => Assert.Contains("billing_admin", TellerCheck.Complaint(Event(usage => usage.AdjustmentNanos = -1), Of(role))));
    }

    [Theory]
    [MemberData(nameof(OfGateways))]
    public void What_is_the_gateways_own_is_told_by_gateways_alone(string what, Action<UsageEvent> with)
    {
        Assert.Null(TellerCheck.Complaint(Event(with), Of(Role.Gateway)));
        Assert.All([Role.Editor, Role.BillingAdmin, Role.Admin, Role.Owner], role => Assert.Contains("gateways' own", TellerCheck.Complaint(Event(with), Of(role))));
        Assert.NotEmpty(what);
    }

    [Theory]
    [MemberData(nameof(OfOperators))]
    public void What_is_for_operators_is_not_told_by_editors(string what, Action<UsageEvent> with)
    {
        Assert.All([Role.Gateway, Role.BillingAdmin, Role.Owner], role => Assert.Null(TellerCheck.Complaint(Event(with), Of(role))));
        Assert.Contains("billing_admin", TellerCheck.Complaint(Event(with), Of(Role.Editor)));
        Assert.NotEmpty(what);
    }

    [Fact]
    public void Any_other_source_is_anybodys() => Assert.All(
        ["gateway-1", "gateway", "api", "suspense-2", "my/gateway/", "holder"], source => Assert.Null(TellerCheck.Complaint(Event(usage => usage.Source = source), Of(Role.Editor))));

    public static TheoryData<string, Action<UsageEvent>> OfOthers => new()
    {
        { "the gateways' source", usage => usage.Source = "gateway/routing-0" },
        { "another holder's source", usage => usage.Source = "holder/team_support/other" },
        { "the same holder's of another team", usage => usage.Source = "holder/team_search/agents" },
        { "any other source", usage => usage.Source = "agents" },
        { "another team", usage => usage.TeamId = "team_search" },
        { "external", usage => usage.Funding = Funding.External },
        { "history", usage => usage.Funding = Funding.History },
        { "a hold of no lease", usage => usage.LeaseId = "" },
        { "an attempt", usage => usage.AttemptId = Guid.CreateVersion7().ToString() },
        { "a correction", usage => usage.CorrectsRecordId = Guid.CreateVersion7().ToString() },
        { "a price", usage => usage.PriceId = 1 },
        { "a mark", usage => usage.Mark = Mark.Observed },
    };

    [Theory]
    [MemberData(nameof(OfOthers))]
    public void A_lease_holder_tells_the_usage_of_its_leases_and_nothing_else(string what, Action<UsageEvent> with)
    {
        Assert.Null(TellerCheck.Complaint(OfHolder(_ => { }), Holder));
        Assert.NotNull(TellerCheck.Complaint(OfHolder(with), Holder));
        Assert.NotEmpty(what);
    }

    [Fact]
    public void A_holders_source_is_told_by_its_key_alone() => Assert.All(
        [Role.Editor, Role.BillingAdmin, Role.Admin, Role.Owner, Role.Gateway],
        role => Assert.Contains("lease_holder", TellerCheck.Complaint(OfHolder(usage => usage.Source = "Holder/team_support/agents"), Of(role))));

    private static Caller Holder => new("key_holder", "Agents", Role.LeaseHolder, "team_support", "") { Holder = "holder/team_support/agents" };

    private static Caller Of(Role role) => new("key_test", "Test", role, "", "");

    private static UsageEvent OfHolder(Action<UsageEvent> with) => Events.New("one", with: usage =>
    {
        (usage.Source, usage.KeyId, usage.LeaseId) = ("holder/team_support/agents", "key_holder", Guid.CreateVersion7().ToString());
        with(usage);
    });

    private static UsageEvent Event(Action<UsageEvent> with) => Events.New("one", with: usage =>
    {
        usage.Funding = Funding.External;
        with(usage);
    });
}
