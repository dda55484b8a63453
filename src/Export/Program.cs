using Microsoft.Extensions.Options;
using Platform.Contracts.Events;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Export;
using Platform.Export.Books;
using Platform.Export.Files;
using Platform.Export.Jobs;
using Platform.Export.Objects;
using Platform.Export.Runs;
using Platform.Export.Scheduling;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDirectoryReplica();
builder.AddPlatformDatabase("exportdb", typeof(Program).Assembly, typeof(ExportCompleted).Assembly, Queues.HasConsumer);
builder.AddPlatformMessaging();
builder.AddDeadMessages("export");
builder.Services.AddPlatformGrpc();
builder.Services.AddServiceClient<Usage.UsageClient>("metering");
builder.Services.AddServiceClient<Periods.PeriodsClient>("metering");
builder.Services.AddServiceClient<Prices.PricesClient>("metering");
builder.Services.AddSettings<ExportOptions>(ExportOptions.Section);

// Jobs: what runs when.
builder.Services.AddSingleton<JobStore>();
builder.Services.AddSingleton<Changes>();
builder.Services.AddSingleton<ScheduleJob>();
builder.Services.AddSingleton<ChangeJob>();
builder.Services.AddSingleton<EnqueueDueRun>();

// Runs: from Metering's records to a manifest.
builder.Services.AddSingleton<RunStore>();
builder.Services.AddSingleton<StartRun>();
builder.Services.AddSingleton<RunJob>();
builder.Services.AddSingleton<CreateRun>();
builder.Services.AddSingleton<RetryRun>();
builder.Services.AddSingleton<ListRuns>();
builder.Services.AddSingleton<Download>();
builder.Services.AddSingleton<UsageSource>();
builder.Services.AddSingleton<FileFormats>(services =>
    new FileFormats(
        token => PriceVersions.ReadAsync(services.GetRequiredService<Prices.PricesClient>(), services.GetRequiredService<TimeProvider>(), token),
        async token => await services.GetRequiredService<Identity.IdentityClient>().ListTeamsAsync(
            new ListTeamsRequest(), deadline: services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime.AddSeconds(30), cancellationToken: token),
        services.GetRequiredService<IOptions<ExportOptions>>().Value));
builder.Services.AddSingleton<FollowJob>();
builder.Services.AddSingleton<RunWriter>();
builder.Services.AddSingleton<CompleteRun>();
builder.Services.AddSingleton<FailRun>();
builder.Services.AddSingleton<RunExecutor>(services =>
    new RunExecutor(
        services.GetRequiredService<Npgsql.NpgsqlDataSource>(), services.GetRequiredService<RunStore>(), services.GetRequiredService<FollowJob>(),
        services.GetRequiredService<RunWriter>(), services.GetRequiredService<CompleteRun>(), services.GetRequiredService<FailRun>(), services.GetRequiredService<UsageSource>().ReadAsync, services.GetRequiredService<ExportMetrics>(),
        services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<RunExecutor>>()));
builder.Services.AddSingleton<PreviewRun>(services =>
    new PreviewRun(
        services.GetRequiredService<UsageSource>().ReadAsync, services.GetRequiredService<FileFormats>(), services.GetRequiredService<BookReader>(),
        services.GetRequiredService<IOptions<ExportOptions>>(), services.GetRequiredService<TimeProvider>()));
builder.Services.AddSingleton<ExportMetrics>();
builder.AddObjectStores();

// The books' zone and months, which Metering keeps.
builder.Services.AddSingleton<BookStore>();
builder.Services.AddSingleton<BookReader>(services =>
    new BookReader(
        async token => await services.GetRequiredService<Periods.PeriodsClient>().ListPeriodsAsync(
            new ListPeriodsRequest(), deadline: services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime.AddSeconds(5), cancellationToken: token),
        services.GetRequiredService<BookStore>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<BookReader>>()));

// The scheduler writes what is owed.
builder.Services.AddSingleton<RunSignal>();
builder.Services.AddHostedService<Scheduler>();

var app = builder.Build();
app.UsePlatformGrpc();
app.MapDefaultEndpoints();
app.MapPlatformReflection();
app.MapDeadMessages();
app.MapGrpcService<ExportService>();
return await app.RunServiceAsync();
