using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Controls;
using Platform.Forecast.Diagnoses;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Publishing;
using Platform.Forecast.Reviews;
using Platform.Forecast.Scenarios;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;
using Platform.Forecast.Variances;
using Platform.Forecast.Versions;
using Platform.Forecast.Work;
using Platform.Postgres;
using Platform.ServiceDefaults.Grpc;
using Platform.Testing;
using AllocationsClient = Platform.Contracts.Wallet.V1.Allocations.AllocationsClient;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Forecast.Tests;

/// <summary>The service's parts on a database of their own, at a clock of the test's, with the services that they ask (<see cref="Neighbours"/>) on the wire.</summary>
internal sealed class ForecastFixture : IAsyncDisposable
{
    private readonly WebApplication _neighbours;
    private readonly GrpcChannel _channel;
    private readonly ServiceProvider _services;

    private ForecastFixture(string connectionString, DateTimeOffset now, Neighbours organisation, WebApplication neighbours)
    {
        (ConnectionString, DataSource, Time, Organisation, _neighbours) = (connectionString, NpgsqlDataSource.Create(connectionString), new FakeTimeProvider(now), organisation, neighbours);
        // As the service's own clients: on a machine that is full a connection is lost now and then.
        _channel = GrpcChannel.ForAddress(neighbours.Urls.Single(), new GrpcChannelOptions { ServiceConfig = PlatformGrpc.Retries });
        _services = Services();
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource DataSource { get; }

    public FakeTimeProvider Time { get; }

    public Neighbours Organisation { get; }

    public UsageSeriesStore Usage => Get<UsageSeriesStore>();

    public static Task<ForecastFixture> CreateAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        CreateAsync(now, "forecast", template => MigrateAsync(template, int.MaxValue, cancellationToken), cancellationToken);

    /// <summary>On a database that an earlier version of the service left with data.</summary>
    /// <param name="name">Of the template: lower-case letters and digits, a test's own.</param>
    /// <param name="migration">The last that the earlier version had.</param>
    /// <param name="fill">As it left it.</param>
    public static Task<ForecastFixture> UpgradedAsync(DateTimeOffset now, string name, int migration, Func<NpgsqlDataSource, Task> fill, CancellationToken cancellationToken) =>
        CreateAsync(
            now, name,
            async template =>
            {
                await MigrateAsync(template, migration, cancellationToken);
                await fill(template);
                await MigrateAsync(template, int.MaxValue, cancellationToken);
            },
            cancellationToken);

    private static Task MigrateAsync(NpgsqlDataSource template, int upTo, CancellationToken cancellationToken) =>
        new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, cancellationToken, upTo);

    private static async Task<ForecastFixture> CreateAsync(DateTimeOffset now, string name, Func<NpgsqlDataSource, Task> make, CancellationToken cancellationToken)
    {
        var database = await TestPostgres.CreateDatabaseAsync(name, async connectionString =>
        {
            await using var template = NpgsqlDataSource.Create(connectionString);
            await make(template);
        });
        var organisation = new Neighbours();
        return new ForecastFixture(database, now, organisation, await organisation.StartAsync(cancellationToken));
    }

    /// <summary>Records a call a day up to an hour before the moment, of what a made company spends, in each of these segments.</summary>
    public async Task AddHistoryAsync(DateTimeOffset now, int days, CancellationToken cancellationToken, params (string Team, string Workload, int Seed)[] segments)
    {
        foreach (var (team, workload, seed) in segments)
        {
            var calls = Synthetic.Team(seed, days).Select((dollars, day) => Tests.Usage.Call(now.AddDays(day - days), (long)(dollars * 1e8), team) with { Workload = workload });
            await Usage.AddAsync(Tests.Usage.Batch([.. calls, Tests.Usage.Call(now.AddHours(-1), 123_456_789, team) with { Workload = workload }]), now, cancellationToken);
        }
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>As another replica of the service has it: nothing in memory is shared.</summary>
    public ServiceProvider Services()
    {
        var wire = _channel.Intercept(new NoDeadlines());
        var services = new ServiceCollection();
        services.AddSingleton(DataSource).AddSingleton<TimeProvider>(Time).AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton(new Identity.IdentityClient(wire)).AddSingleton(new WalletClient(wire)).AddSingleton(new AllocationsClient(wire)).AddSingleton(new Contracts.Wallet.V1.Controls.ControlsClient(wire)).AddSingleton(new Prices.PricesClient(wire)).AddSingleton(new Policies.PoliciesClient(wire)).AddSingleton(new Budgets.BudgetsClient(wire));
        services.AddSingleton(new Contracts.Metering.V1.Usage.UsageClient(wire)).AddSingleton<CallerSpend>().AddSingleton<WalletShares>();
        services.AddSingleton<OrganisationDirectory>().AddSingleton<OrganisationBudgets>().AddSingleton<ScopeShares>().AddSingleton<PlanPrices>().AddSingleton<Outbox>().AddSingleton<Changes>();
        services.AddSingleton<UsageSeriesStore>().AddSingleton<SegmentStore>().AddSingleton<DeniedDemandStore>().AddSingleton<ControlStore>().AddSingleton<PlanStore>();
        services.AddSingleton<CalendarStore>().AddSingleton<ChangeCalendar>().AddSingleton<ListCalendars>().AddSingleton<GetEffect>();
        services.AddSingleton<OrganisationForecasts>().AddSingleton<ReadPlan>().AddSingleton<ReadForecast>().AddSingleton<ChangePlan>().AddSingleton<ListPlan>();
        services.AddSingleton<GetSegments>().AddSingleton<GetSeries>().AddSingleton<GetForecast>().AddSingleton<ListForecasts>().AddSingleton<GetLayers>().AddSingleton<PlanAllocation>().AddSingleton<PublishForecasts>().AddSingleton<WriteVersion>();
        services.AddSingleton<PublishVersion>().AddSingleton<VersionStore>().AddSingleton<ShowVersions>().AddSingleton<CompareVersions>().AddSingleton<ActualStore>();
        services.AddSingleton<AccuracyStore>().AddSingleton<GetAccuracy>();
        services.AddSingleton<QuestionTurns>().AddSingleton<RouteMixes>().AddSingleton<QuarterStore>().AddSingleton<WhatIf>().AddSingleton<ScenarioStore>().AddSingleton<KeepScenarios>().AddSingleton<PromoteScenario>();
        services.AddSingleton(new Waste.WasteClient(wire)).AddSingleton(new Alerts.AlertsClient(wire)).AddSingleton<OrganisationWaste>().AddSingleton<OrganisationAlerts>();
        services.AddSingleton<CellStore>().AddSingleton<ReadFigures>().AddSingleton<ReadExpected>().AddSingleton<GetVariance>().AddSingleton<ReadTeamFacts>().AddSingleton<Diagnose>();
        services.AddSingleton<ReviewStore>().AddSingleton<PublishedWeek>().AddSingleton<MakeReview>().AddSingleton<GetReview>().AddSingleton<MakeReviews>().AddSingleton<ListControls>();
        return services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _channel.Dispose();
        await _neighbours.DisposeAsync();
        await DataSource.DisposeAsync();
    }

    /// <summary>Deadlines are of the test's clock, and the gRPC library compares them with the machine's.</summary>
    private sealed class NoDeadlines : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
            continuation(request, Without(context));

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) =>
            continuation(request, Without(context));

        private static ClientInterceptorContext<TRequest, TResponse> Without<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context)
            where TRequest : class
            where TResponse : class =>
            new(context.Method, context.Host, context.Options.WithDeadline(DateTime.MaxValue));
    }
}
