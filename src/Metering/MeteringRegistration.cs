using Platform.Metering.Alerts;
using Platform.Metering.Budgets;
using Platform.Metering.DeniedDemand;
using Platform.Metering.Folding;
using Platform.Metering.Imports;
using Platform.Metering.Intake;
using Platform.Metering.Periods;
using Platform.Metering.Prices;
using Platform.Metering.Queries;
using Platform.Metering.Republishing;
using Platform.Metering.Repricing;
using Platform.Metering.Retention;
using Platform.Metering.Teams;
using Platform.Metering.Waste;
using Platform.Metering.Workloads;
using Platform.Postgres;

namespace Platform.Metering;

internal static class MeteringRegistration
{
    /// <summary>This service's operations and stores; the team source comes apart, because it is another service.</summary>
    public static void AddMetering(this IServiceCollection services)
    {
        services.AddSingleton<MeteringTelemetry>();
        services.AddSingleton<Changes>();
        services.AddSingleton<TeamDirectory>();
        services.AddSingleton<PriceStore>();
        services.AddSingleton<PriceBook>();
        services.AddHostedService(provider => provider.GetRequiredService<PriceBook>());
        services.AddSingleton<SetPrice>();
        services.AddSingleton<ImportPrices>();
        services.AddSingleton<PreviewCorrections>();
        services.AddSingleton<UnpricedUsageStore>();
        services.AddSingleton<RepricingSignal>();
        services.AddSingleton<RepricingStore>();
        services.AddSingleton<RepriceUsage>();
        services.AddHostedService(provider => provider.GetRequiredService<RepriceUsage>());
        services.AddSingleton<WatchPrices>();
        services.AddSingleton<Watermark>();
        services.AddSingleton<UsagePartitions>();
        services.AddSingleton<IntakeTransaction>();
        services.AddSingleton<IntakeQueue>();
        services.AddSingleton<EndHaltedIntakes>();
        services.AddHostedService(provider => provider.GetRequiredService<EndHaltedIntakes>());
        services.AddSingleton<RecordUsage>();
        services.AddSingleton<RecordUsageStream>();
        services.AddSingleton<LeaseOwners>();
        services.AddSingleton<PartitionStore>();
        services.AddSingleton<DroppedMonths>();
        services.AddSingleton<DropOldUsage>();
        services.AddHostedService(provider => provider.GetRequiredService<DropOldUsage>());
        services.AddSingleton<FoldOldSums>();
        services.AddHostedService(provider => provider.GetRequiredService<FoldOldSums>());
        services.AddSingleton<RecordDeniedDemand>();
        services.AddSingleton<DeniedDemandStore>();
        services.AddSingleton<QueryDenied>();
        services.AddSingleton<WasteStore>();
        services.AddSingleton<ShadowRuleStore>();
        services.AddSingleton<GetShadowRules>();
        services.AddSingleton<GetWaste>();
        services.AddSingleton<WastePartStore>();
        services.AddSingleton<GetWasteParts>();
        services.AddSingleton<WorkloadRuleStore>();
        services.AddSingleton<WorkloadClassifier>();
        services.AddSingleton<ChangeRules>();
        services.AddSingleton<PreviewStore>();
        services.AddSingleton<PreviewRule>();
        services.AddSingleton<ClosePeriod>();
        services.AddSingleton<ListPeriods>();
        services.AddSingleton<SpendStore>();
        services.AddSingleton<MarkedSpendStore>();
        services.AddSingleton<SpendSource>();
        services.AddSingleton<QuerySpend>();
        services.AddSingleton<GetRunRate>();
        services.AddSingleton<UsageQueryStore>();
        services.AddSingleton<CorrectionStore>();
        services.AddSingleton<ListUsage>();
        services.AddSingleton<GetUsage>();
        services.AddSingleton<TailUsage>();
        services.AddSingleton<StreamUsage>();
        services.AddSingleton<RepublishUsage>();
        services.AddAlerts();
        services.AddBudgets();
        services.AddImports();
    }
}
