namespace Platform.Metering.Budgets;

internal static class BudgetsRegistration
{
    /// <summary>Budgets' operations; <see cref="IKeySource"/> and <see cref="IBudgetCaps"/> come apart, because they are another service.</summary>
    public static void AddBudgets(this IServiceCollection services)
    {
        services.AddSingleton<BudgetViews>();
        services.AddSingleton<ListBudgets>();
        services.AddSingleton<ReadBudgetDays>();
        services.AddSingleton<ChangeBudget>();
        services.AddSingleton<SetBudget>();
        services.AddSingleton<RemoveBudget>();
        services.AddSingleton<AcknowledgeBudget>();
        services.AddSingleton<SnoozeBudget>();
        services.AddSingleton<KeyLines>();
        services.AddSingleton<FollowSpend>();
        services.AddSingleton<JudgeBudgets>();
        services.AddSingleton<WatchRates>();
        services.AddSingleton<KeepForecast>();
        services.AddSingleton<EvaluateBudgets>();
        services.AddHostedService(provider => provider.GetRequiredService<EvaluateBudgets>());
        services.AddSingleton<CapAnswers>();
        services.AddSingleton<CorrectCaps>();
        services.AddSingleton<KeepCaps>();
        services.AddHostedService(provider => provider.GetRequiredService<KeepCaps>());
    }
}
