using Platform.Routing.Policies;

namespace Platform.Routing.Limits;

internal static class LimitsRegistration
{
    /// <summary>Rate limits. After the policy, whose limits they are.</summary>
    public static void AddLimits(this IServiceCollection services)
    {
        services.AddSingleton<LimitMetrics>();
        services.AddSingleton<LimitClock>();
        services.AddSingleton<LimitStore>();
        services.AddSingleton<LimitCounts>();
        services.AddSingleton<CallLimits>();
        services.AddSingleton<CallAdmission>();
        services.AddSingleton<ListLimits>();
        services.AddSingleton<ExplainLimits>();
        services.AddSingleton<ForbiddenCalls>();
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<LimitSync>(
            provider, (Func<RoutingTable>)(() => provider.GetRequiredService<RoutingTableReplica>().Current)));
        services.AddSingleton<DeniedCalls>();
        services.AddHostedService(provider => provider.GetRequiredService<DeniedCalls>());
    }
}
