using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Platform.Api.Alerts;
using Platform.Api.Budgets;
using Platform.Api.Demand;
using Platform.Api.Description;
using Platform.Api.Errors;
using Platform.Api.Exports;
using Platform.Api.Forecasts;
using Platform.Api.Health;
using Platform.Api.Http;
using Platform.Api.Identity;
using Platform.Api.Imports;
using Platform.Api.Json;
using Platform.Api.Messages;
using Platform.Api.Models;
using Platform.Api.Periods;
using Platform.Api.Prices;
using Platform.Api.Providers;
using Platform.Api.Reconciliation;
using Platform.Api.Reviews;
using Platform.Api.Routes;
using Platform.Api.Spend;
using Platform.Api.Wallets;
using Platform.Api.Waste;
using Platform.Api.Workloads;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;
using AlertsClient = Platform.Contracts.Metering.V1.Alerts.AlertsClient;
using AllocationsClient = Platform.Contracts.Wallet.V1.Allocations.AllocationsClient;
using AccuracyClient = Platform.Contracts.Forecast.V1.Accuracy.AccuracyClient;
using AuditLogClient = Platform.Contracts.Identity.V1.AuditLog.AuditLogClient;
using BudgetsClient = Platform.Contracts.Metering.V1.Budgets.BudgetsClient;
using CalendarsClient = Platform.Contracts.Forecast.V1.ForecastCalendars.ForecastCalendarsClient;
using ControlsClient = Platform.Contracts.Wallet.V1.Controls.ControlsClient;
using DiagnosesClient = Platform.Contracts.Forecast.V1.Diagnoses.DiagnosesClient;
using DemandClient = Platform.Contracts.Metering.V1.Demand.DemandClient;
using ExportClient = Platform.Contracts.Export.V1.Export.ExportClient;
using ForecastClient = Platform.Contracts.Forecast.V1.Forecast.ForecastClient;
using IdentityClient = Platform.Contracts.Identity.V1.Identity.IdentityClient;
using ImportsClient = Platform.Contracts.Metering.V1.Imports.ImportsClient;
using PeriodsClient = Platform.Contracts.Metering.V1.Periods.PeriodsClient;
using PoliciesClient = Platform.Contracts.Routing.V1.Policies.PoliciesClient;
using PlanClient = Platform.Contracts.Forecast.V1.Plan.PlanClient;
using ScenariosClient = Platform.Contracts.Forecast.V1.Scenarios.ScenariosClient;
using PricesClient = Platform.Contracts.Metering.V1.Prices.PricesClient;
using ReviewsClient = Platform.Contracts.Forecast.V1.Reviews.ReviewsClient;
using RoutingClient = Platform.Contracts.Routing.V1.Routing.RoutingClient;
using SegmentsClient = Platform.Contracts.Forecast.V1.Segments.SegmentsClient;
using VariancesClient = Platform.Contracts.Forecast.V1.Variances.VariancesClient;
using UsageClient = Platform.Contracts.Metering.V1.Usage.UsageClient;
using LimitsClient = Platform.Contracts.Routing.V1.Limits.LimitsClient;
using LayersClient = Platform.Contracts.Forecast.V1.Layers.LayersClient;
using LeasesClient = Platform.Contracts.Wallet.V1.Leases.LeasesClient;
using VersionsClient = Platform.Contracts.Forecast.V1.Versions.VersionsClient;
using WasteClient = Platform.Contracts.Metering.V1.Waste.WasteClient;
using WorkloadsClient = Platform.Contracts.Metering.V1.Workloads.WorkloadsClient;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api;

/// <summary>
/// The REST front door. It keeps no state and has no rights of its own: each request goes on to the service that owns the matter, under the caller's token.
/// </summary>
internal static class ApiApp
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = BodyBounds.UsualBytes);
        AddClients(builder.Services);
        builder.Services.AddTransient<KeyNames>();
        builder.Services.AddPlatformHealth();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(options => ConfigureJson(options.SerializerOptions));
        builder.Services.AddOpenApi("v1", OpenApiDescription.Configure);

        var app = builder.Build();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseStatusCodePages(context => ProblemWriter.WriteAsync(context.HttpContext, Problem.ForStatus(context.HttpContext)));
        app.UseMiddleware<TokenRequiredMiddleware>();
        app.UseMiddleware<ParameterMiddleware>();
        app.UseMiddleware<BoundedBodyMiddleware>();
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapPlatformHealth();
        app.MapWallets();
        app.MapFunds();
        app.MapTransactions();
        app.MapStatement();
        app.MapAllocations();
        app.MapWalletPolicy();
        app.MapSuspense();
        app.MapCaps();
        app.MapBudgets();
        app.MapLeases();
        app.MapTeams();
        app.MapUsers();
        app.MapApplications();
        app.MapKeys();
        app.MapAudit();
        app.MapSpendLog();
        app.MapSpend();
        app.MapUsage();
        app.MapDemand();
        app.MapPeriods();
        app.MapWorkloads();
        app.MapWaste();
        app.MapPrices();
        app.MapAlerts();
        app.MapAlertChannels();
        app.MapImports();
        app.MapImportRules();
        app.MapModels();
        app.MapLimits();
        app.MapRoutes();
        app.MapShadowRules();
        app.MapProviders();
        app.MapForecast();
        app.MapSegments();
        app.MapLayers();
        app.MapPlan();
        app.MapForecastCalendars();
        app.MapScenarios();
        app.MapVersions();
        app.MapAccuracy();
        app.MapVariance();
        app.MapDiagnosis();
        app.MapReviews();
        app.MapExportJobs();
        app.MapExportRuns();
        app.MapExportPreview();
        app.MapReconciliation();
        app.MapDeadMessages();
        return app;
    }

    /// <summary>snake_case, exact amounts, no field that nobody reads (a mistyped name is refused, never ignored), and no null among entries.</summary>
    public static void ConfigureJson(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(NoNullEntries.Apply);
        options.Converters.Add(new MoneyJsonConverter());
        options.Converters.Add(new UtcTimeJsonConverter());
    }

    private static void AddClients(IServiceCollection services)
    {
        services.AddForwardingClient<WalletClient>("wallet");
        services.AddForwardingClient<AllocationsClient>("wallet");
        services.AddForwardingClient<ControlsClient>("wallet");
        services.AddForwardingClient<LeasesClient>("wallet");
        services.AddForwardingClient<IdentityClient>("wallet");
        services.AddForwardingClient<AuditLogClient>("wallet");
        services.AddForwardingClient<UsageClient>("metering");
        services.AddForwardingClient<PricesClient>("metering");
        services.AddForwardingClient<BudgetsClient>("metering");
        services.AddForwardingClient<DemandClient>("metering");
        services.AddForwardingClient<PeriodsClient>("metering");
        services.AddForwardingClient<WorkloadsClient>("metering");
        services.AddForwardingClient<WasteClient>("metering");
        services.AddForwardingClient<AlertsClient>("metering");
        services.AddForwardingClient<ImportsClient>("metering");
        services.AddForwardingClient<RoutingClient>("routing");
        services.AddForwardingClient<LimitsClient>("routing");
        services.AddForwardingClient<PoliciesClient>("routing");
        services.AddForwardingClient<ForecastClient>("forecast");
        services.AddForwardingClient<SegmentsClient>("forecast");
        services.AddForwardingClient<LayersClient>("forecast");
        services.AddForwardingClient<PlanClient>("forecast");
        services.AddForwardingClient<CalendarsClient>("forecast");
        services.AddForwardingClient<ScenariosClient>("forecast");
        services.AddForwardingClient<VersionsClient>("forecast");
        services.AddForwardingClient<AccuracyClient>("forecast");
        services.AddForwardingClient<VariancesClient>("forecast");
        services.AddForwardingClient<DiagnosesClient>("forecast");
        services.AddForwardingClient<ReviewsClient>("forecast");
        services.AddForwardingClient<ExportClient>("export");
        services.AddMessagesClients();
    }
}
