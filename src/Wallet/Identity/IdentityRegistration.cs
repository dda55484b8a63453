using Platform.ServiceDefaults.Identity;

namespace Platform.Wallet.Identity;

internal static class IdentityRegistration
{
    /// <summary>Stores, operations and the directory; not the feed, which runs by itself where the host starts it.</summary>
    public static void AddIdentity(this IServiceCollection services)
    {
        services.AddSingleton<IdentityStore>();
        services.AddSingleton<TeamStore>();
        services.AddSingleton<UserStore>();
        services.AddSingleton<ApplicationStore>();
        services.AddSingleton<KeyStore>();
        services.AddSingleton<DirectoryStore>();
        services.AddSingleton<AuditStore>();
        services.AddSingleton<ListAudit>();

        services.AddSingleton<IdentityChanges>();
        services.AddSingleton<CreateTeam>();
        services.AddSingleton<UpdateTeam>();
        services.AddSingleton<FreezeTeam>();
        services.AddSingleton<CreateUser>();
        services.AddSingleton<UpdateUser>();
        services.AddSingleton<CreateApplication>();
        services.AddSingleton<UpdateApplication>();
        services.AddSingleton<ListApplications>();
        services.AddSingleton<KeyLimits>();
        services.AddSingleton<CreateKey>();
        services.AddSingleton<RotateKey>();
        services.AddSingleton<SetKeyAllowed>();
        services.AddSingleton<FreezeKey>();
        services.AddSingleton<RevokeKey>();
        services.AddSingleton<ListKeys>();

        services.AddSingleton<WalletDirectory>();
        services.AddSingleton<IKeyDirectory>(provider => provider.GetRequiredService<WalletDirectory>());
        services.AddSingleton<DirectoryFeed>();
        services.AddSingleton<WatchDirectory>();
    }
}
