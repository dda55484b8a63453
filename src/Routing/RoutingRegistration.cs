using Microsoft.Extensions.Options;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Deciding;
using Platform.Routing.Health;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.Routing.Leases;
using Platform.Routing.Policies;
using Platform.Routing.Policies.Changes;
using Platform.Routing.Policies.Explain;
using Platform.Routing.Pricing;
using Platform.Routing.Providers;
using Platform.Routing.Resilience;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Embeddings;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shapes.Responses;
using Platform.Routing.Shipping;
using Platform.Routing.Telemetry;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Routing;

internal static class RoutingRegistration
{
    /// <summary>The replica's own folder and journal, what ships it, and what takes up an earlier process's end.</summary>
    public static void AddJournal(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<JournalOptions>(JournalOptions.Section);
        services.AddSingleton(provider => ReplicaDirectory.Take(provider.GetRequiredService<IOptions<JournalOptions>>().Value.Directory));
        services.AddSingleton<AttemptJournal>();
        services.AddSingleton<UnwrittenEnds>();
        services.AddSingleton<DeadLetters>();
        AddHosted<JournalFlusher>(services);
        AddHosted<WatchShipping>(services);
        AddHosted<HoldEndings>(services);
        AddHosted<UsageShipper>(services);
        services.AddHostedService<RecoverAtStart>();
        services.AddHealthChecks().AddCheck<JournalFlusher>("Journal").AddCheck<WatchShipping>("UsageShipping");
        services.AddServiceClient<Wallet.WalletClient>("wallet");
        services.AddServiceClient<Usage.UsageClient>("metering");
    }

    /// <summary>The leases that calls draw from. After the journal: those of an earlier process are closed by what it says.</summary>
    public static void AddLeases(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<LeaseOptions>(LeaseOptions.Section, LeaseOptions.OfWallet);
        services.AddServiceClient<Contracts.Wallet.V1.Leases.LeasesClient>("wallet");
        services.AddSingleton<LeaseMetrics>();
        services.AddSingleton<LeaseClosing>();
        services.AddSingleton<LeaseOperations>();
        AddHosted<LeasePool>(services);
        AddHosted<LeaseRecovery>(services);
        services.AddHostedService<LeaseWatch>();
    }

    /// <summary>What is served and at which prices.</summary>
    public static void AddPolicies(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ProviderOptions>()
            .Configure(options => builder.Configuration.GetSection(ProviderOptions.Section).Bind(options.Providers))
            .Validate(ProviderOptions.AreValid, "Providers:<name>:BaseUrl must be an absolute http or https address.")
            .ValidateOnStart();
        services.AddSettings<SecretFileOptions>(SecretFileOptions.Section)
            .Validate(options => Path.IsPathFullyQualified(options.Directory), $"{SecretFileOptions.Section}:Directory must be an absolute path.");
        services.AddSettings<PolicyOptions>(PolicyOptions.Section);
        services.AddSingleton<SecretFiles>();
        services.AddSingleton<UnusablePolicyAlert>();
        services.AddSingleton<PolicyStore>();
        services.AddSingleton(provider => new ProviderSecrets(
            provider.GetRequiredService<IOptions<ProviderOptions>>().Value, Environment.GetEnvironmentVariable, provider.GetRequiredService<SecretFiles>()));
        services.AddSingleton<PolicyCompiler>();
        services.AddSingleton<Postgres.Changes>();
        services.AddSingleton<ChangePolicy>();
        services.AddSingleton<LaneExplainer>();
        services.AddSingleton<ExplainRoute>();
        services.AddSingleton<TestProvider>();
        AddHosted<RoutingTableReplica>(services);
        services.AddServiceClient<Prices.PricesClient>("metering");
        AddHosted<PriceReplica>(services);
        services.AddHealthChecks().AddCheck<PriceReplica>("Prices").AddCheck<RoutingTableReplica>("Policy");
    }

    /// <summary>What serves calls.</summary>
    public static void AddGateway(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        FaultedRequests.LogInsteadOfServer(builder.Logging);
        services.AddSettings<GatewayOptions>(GatewayOptions.Section);

        // The server stops first, and may take all of this: what else stops has limits of its own and does not look at the host's.
        services.AddOptions<HostOptions>().Configure<IOptions<GatewayOptions>>(
            (host, gateway) => host.ShutdownTimeout = TimeSpan.FromSeconds(gateway.Value.DrainSeconds));
        services.AddSingleton<RoutingMetrics>();
        services.AddSingleton<AttemptRecords>();
        services.AddSingleton<AttemptFunding>();
        services.AddSingleton<ProviderClient>();
        services.AddSingleton<Forwarder>();
        services.AddSingleton<PromptHasher>();
        services.AddSingleton<CallPlanner>();
        services.AddSingleton<BodyRoom>();
        services.AddSingleton<AnswerRoom>();
        services.AddSingleton<RequestBody>();
        services.AddSingleton<AttemptFactory>();
        services.AddSingleton<AttemptLoop>();
        services.AddSingleton<CallPipeline>();
        services.AddSingleton<CountTokens>();
        services.AddSingleton<ChatShape>();
        services.AddSingleton<MessagesShape>();
        services.AddSingleton<ModelsEndpoint>();
        services.AddSingleton<EmbeddingsShape>();
        services.AddSingleton<ResponsesShape>();
        services.AddSingleton<WireShape>(provider => provider.GetRequiredService<ChatShape>());
        services.AddSingleton<WireShape>(provider => provider.GetRequiredService<MessagesShape>());
        services.AddSingleton<WireShape>(provider => provider.GetRequiredService<EmbeddingsShape>());
        services.AddSingleton<WireShape>(provider => provider.GetRequiredService<ResponsesShape>());
    }

    /// <summary>Serves calls of one shape. What serves them is one for all, so no call makes a scope of services for it.</summary>
    public static void MapCalls<TShape>(this WebApplication app, string path)
        where TShape : WireShape =>
        app.MapPost(path, http => app.Services.GetRequiredService<CallPipeline>().HandleAsync(http, app.Services.GetRequiredService<TShape>()));

    /// <summary>Which target a call goes to, and what follows when it fails there.</summary>
    public static void AddChoosing(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<BreakerOptions>(BreakerOptions.Section);
        services.AddSingleton(Random.Shared);
        services.AddSingleton<TargetBoard>();
        services.AddSingleton<TargetStandings>();
        services.AddSingleton<TargetChooser>();
        services.AddSingleton<RetryBudgets>();
        services.AddHostedService<ProbeProviders>();
        AddHosted<MisconfiguredTargets>(services);
    }

    /// <summary>Attempts that platforms make themselves.</summary>
    public static void AddDeciding(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        AddHosted<DecidedAttempts>(services);
        services.AddSingleton<DecideCall>();
        services.AddSingleton<ReportAttempt>();
    }

    private static void AddHosted<T>(IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
