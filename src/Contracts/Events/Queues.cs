namespace Platform.Contracts.Events;

/// <summary>
/// Every consumer's queue and the event that it is bound to, declared once. A publisher declares the queues of its events before it publishes, so
/// that no event can reach an exchange that nothing is bound to yet: the broker would confirm it and drop it.
/// </summary>
public static class Queues
{
    public const string WalletUsageMetered = "wallet-usage-metered";
    public const string ForecastUsageMetered = "forecast-usage-metered";
    public const string MeteringDemandDenied = "metering-demand-denied";
    public const string MeteringForecastPublished = "metering-forecast-published";

    /// <summary>What earlier versions heard of refusals by; see <see cref="Unbound"/>.</summary>
    public const string ForecastDemandDenied = "forecast-demand-denied";

    public const string ForecastDemandRecorded = "forecast-demand-recorded";

    /// <summary>Changes of what governs spend: money allocated, budgets, routing policies, caps, freezes, wallets' policies.</summary>
    public const string ForecastControls = "forecast-controls";

    /// <summary>Everything that becomes an alert.</summary>
    public const string MeteringAlerts = "metering-alerts";

    /// <summary>What is bound to what. An event without a row has no consumer yet and may be dropped by the broker.</summary>
    public static readonly IReadOnlyList<(Type Event, string Queue)> Bindings =
    [
        (typeof(UsageMetered), WalletUsageMetered),
        (typeof(UsageMetered), ForecastUsageMetered),
        (typeof(UsageRepublished), WalletUsageMetered),
        (typeof(DemandDenied), MeteringDemandDenied),
        (typeof(WalletLow), MeteringAlerts),
        (typeof(WalletExhausted), MeteringAlerts),
        (typeof(WalletOverdrawn), MeteringAlerts),
        (typeof(LeaseSuspended), MeteringAlerts),
        (typeof(LedgerInconsistent), MeteringAlerts),
        (typeof(BudgetThresholdCrossed), MeteringAlerts),
        (typeof(SpendRateUnusual), MeteringAlerts),
        (typeof(ProviderMisconfigured), MeteringAlerts),
        (typeof(PolicyUnusable), MeteringAlerts),
        (typeof(BatchCompleted), MeteringAlerts),
        (typeof(MessagesDead), MeteringAlerts),
        (typeof(UsageUnshipped), MeteringAlerts),
        (typeof(UsageRefused), MeteringAlerts),
        (typeof(ExportFailed), MeteringAlerts),
        (typeof(ExportIncomplete), MeteringAlerts),
        (typeof(ForecastPublished), MeteringForecastPublished),
        (typeof(DemandRecorded), ForecastDemandRecorded),
        (typeof(AllocationChanged), ForecastControls),
        (typeof(BudgetChanged), ForecastControls),
        (typeof(PolicyChanged), ForecastControls),
        (typeof(CapChanged), ForecastControls),
        (typeof(FreezeChanged), ForecastControls),
        (typeof(WalletPolicyChanged), ForecastControls),
    ];

    /// <summary>
    /// What earlier versions bound, and no version unbinds by itself: a broker keeps bindings for ever. The service that reads such a queue unbinds it when it starts, and reads on what
    /// stands in it, and what is replayed into it.
    /// </summary>
    public static readonly IReadOnlyList<(Type Event, string Queue)> Unbound = [(typeof(DemandDenied), ForecastDemandDenied)];

    /// <summary>
    /// True when a queue of the platform is bound to the event, so that publishing it into nothing would lose it. False for events that are published for
    /// outside listeners only: today <see cref="ExportCompleted"/>.
    /// </summary>
    public static bool HasConsumer(Type type) => Bindings.Any(binding => binding.Event == type);
}
