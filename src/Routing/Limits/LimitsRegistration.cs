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
        services.AddSingleton<ForbiddenCalls>();
        services.AddHostedService<LimitSync>();
        services.AddSingleton<DeniedCalls>();
        services.AddHostedService(provider => provider.GetRequiredService<DeniedCalls>());
    }
}
