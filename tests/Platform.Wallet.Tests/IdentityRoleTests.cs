using System.Reflection;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;
using Platform.Wallet.Identity;

namespace Platform.Wallet.Tests;

/// <summary>The lowest role of every method, and what the ladder makes of it.</summary>
public sealed class IdentityRoleTests
{
    private const string Expected = """
        Identity.CreateApplication Admin
        Identity.CreateKey Admin
        Identity.CreateTeam Admin
        Identity.CreateUser Admin
        Identity.FreezeKey Admin
        Identity.FreezeTeam Admin
        Identity.ListApplications Viewer
        Identity.ListKeys Viewer
        Identity.ListTeams Viewer
        Identity.ListUsers Viewer
        Identity.RevokeKey Admin
        Identity.RotateKey Admin
        Identity.SetKeyAllowed Admin
        Identity.UnfreezeKey Admin
        Identity.UnfreezeTeam Admin
        Identity.UpdateApplication Admin
        Identity.UpdateTeam Admin
        Identity.UpdateUser Admin
        Identity.Watch Gateway
        Identity.WhoAmI Inference
        AuditLog.List Viewer
        AuditLog.Verify Viewer
        """;

    [Fact]
    public void Every_method_asks_for_a_role()
    {
        var lines = new[] { (IdentityReflection.Descriptor, typeof(IdentityService)), (AuditReflection.Descriptor, typeof(AuditLogService)) }
            .SelectMany(file => file.Descriptor.Services.Single().Methods.OrderBy(method => method.Name, StringComparer.Ordinal)
                .Select(method => $"{method.Service.Name}.{method.Name} {file.Item2.GetMethod(method.Name)!.GetCustomAttribute<RequireRoleAttribute>()?.Role}"));
        Assert.Equal(Expected.ReplaceLineEndings("\n"), string.Join('\n', lines));
    }

    [Fact]
    public void A_lease_holder_is_admitted_to_what_names_it_and_nothing_else()
    {
        Assert.Equal(
            ["IdentityService.WhoAmI", "LeaseService.Acquire", "LeaseService.Close", "LeaseService.Report", "LeaseService.SuspendDraw", "LeaseService.Watch"],
            typeof(IdentityService).Assembly.GetTypes()
                .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
                .Where(method => method.GetCustomAttribute<RequireRoleAttribute>()?.Admits(Role.LeaseHolder) == true)
                .Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Order(StringComparer.Ordinal));
        Assert.All(Enum.GetValues<Role>(), lowest => Assert.False(new RequireRoleAttribute(lowest) { OrGateway = true }.Admits(Role.LeaseHolder)));

        // A version that knows no lease holders compares roles as a ladder.
        Assert.All(Enum.GetValues<Role>(), role => Assert.True(role == Role.LeaseHolder || Role.LeaseHolder < role));
    }

    [Theory]
    [InlineData(Role.Inference, "Inference Viewer Editor BillingAdmin Admin Owner Gateway")]
    [InlineData(Role.Viewer, "Viewer Editor BillingAdmin Admin Owner Gateway")]
    [InlineData(Role.Editor, "Editor BillingAdmin Admin Owner")]
    [InlineData(Role.BillingAdmin, "BillingAdmin Admin Owner")]
    [InlineData(Role.Admin, "Admin Owner")]
    [InlineData(Role.Owner, "Owner")]
    [InlineData(Role.Gateway, "Gateway")]
    [InlineData(Role.LeaseHolder, "")]
    public void A_method_admits_the_roles_from_its_own_upwards(Role lowest, string expected) => Assert.Equal(
        expected, string.Join(' ', Enum.GetValues<Role>().Where(new RequireRoleAttribute(lowest).Admits)));
}
