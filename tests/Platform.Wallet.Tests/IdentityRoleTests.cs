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

    [Theory]
    [InlineData(Role.Inference, "Inference Viewer Editor BillingAdmin Admin Owner Gateway")]
    [InlineData(Role.Viewer, "Viewer Editor BillingAdmin Admin Owner Gateway")]
    [InlineData(Role.Editor, "Editor BillingAdmin Admin Owner")]
    [InlineData(Role.BillingAdmin, "BillingAdmin Admin Owner")]
    [InlineData(Role.Admin, "Admin Owner")]
    [InlineData(Role.Owner, "Owner")]
    [InlineData(Role.Gateway, "Gateway")]
    public void A_method_admits_the_roles_from_its_own_upwards(Role lowest, string expected) => Assert.Equal(
        expected, string.Join(' ', Enum.GetValues<Role>().Where(new RequireRoleAttribute(lowest).Admits)));
}
