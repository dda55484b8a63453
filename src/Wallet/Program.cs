using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Messaging;
using Platform.Wallet;
using Platform.Wallet.Allocations;
using Platform.Wallet.Controls;
using Platform.Wallet.Holds;
using Platform.Wallet.Identity;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;
using Platform.Wallet.Start;
using Platform.Wallet.Suspense;
using Platform.Wallet.Verification;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPlatformDatabase("walletdb", typeof(Program).Assembly, typeof(UsageMetered).Assembly, Queues.HasConsumer, preparedStatements: 100);
builder.Services.AddSingleton(HoldStore.RefusedAttempts);

builder.Services.AddOptions<BootstrapOptions>().BindConfiguration(BootstrapOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<HoldOptions>().BindConfiguration(HoldOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<LeaseOptions>().BindConfiguration(LeaseOptions.Section).ValidateDataAnnotations().ValidateOnStart();

builder.Services.AddOptions<AllocationOptions>().BindConfiguration(AllocationOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<VerifyOptions>().BindConfiguration(VerifyOptions.Section).ValidateDataAnnotations().ValidateOnStart();

builder.Services.AddSingleton<WalletMetrics>();
builder.Services.AddSingleton<LedgerDatabase>();
builder.Services.AddSingleton<LedgerStore>();
builder.Services.AddSingleton<HoldStore>();
builder.Services.AddSingleton<PostingStore>();

builder.Services.AddFunds();
builder.Services.AddSingleton<KnownWallets>();
builder.Services.AddSingleton<HoldBatch>();
builder.Services.AddSingleton<HoldWriter>();
builder.Services.AddSingleton<CreateHold>();
builder.Services.AddSingleton<CreateHolds>();
builder.Services.AddSingleton<ResolveHold>();
builder.Services.AddSingleton<ReportHolds>();
builder.Services.AddSingleton<AwaitingStore>();
builder.Services.AddSingleton<PostUsage>();
builder.Services.AddSingleton<ReleaseSuspense>();

builder.Services.AddSingleton<LeaseStore>();
builder.Services.AddSingleton<LeaseScopes>();
builder.Services.AddSingleton<LeaseRecall>();
builder.Services.AddSingleton<ILeaseRecall>(services => services.GetRequiredService<LeaseRecall>());
builder.Services.AddSingleton<CapRecall>();
builder.Services.AddSingleton<LeaseWrite>();
builder.Services.AddSingleton<ChangeLease>();
builder.Services.AddSingleton<AcquireLease>();
builder.Services.AddSingleton<ReportLease>();
builder.Services.AddSingleton<SuspendDraw>();
builder.Services.AddSingleton<CloseLease>();
builder.Services.AddSingleton<LeaseNotices>();
builder.Services.AddSingleton<LeaseNoticeStore>();
builder.Services.AddSingleton<LeaseFeed>();
builder.Services.AddSingleton<WatchLeases>();
builder.Services.AddSingleton<HolderCheck>();

builder.Services.AddSingleton<CapStore>();
builder.Services.AddSingleton<CapAccountStore>();
builder.Services.AddSingleton<CapDirectory>();
builder.Services.AddSingleton<CapOwners>();
builder.Services.AddSingleton<CapAccounts>();
builder.Services.AddSingleton<CapFeed>();
builder.Services.AddSingleton<ChangeWalletPolicy>();
builder.Services.AddSingleton<SetCap>();
builder.Services.AddSingleton<ListCaps>();
builder.Services.AddSingleton<RemoveCap>();

builder.Services.AddIdentity();
builder.Services.AddHealthChecks().AddCheck<WalletDirectory>("KeyDirectory");

builder.Services.AddHostedService<Bootstrap>();
builder.Services.AddHostedService(services => services.GetRequiredService<DirectoryFeed>());
builder.Services.AddHostedService(services => services.GetRequiredService<CapFeed>());
builder.Services.AddHostedService(services => services.GetRequiredService<CapRecall>());
builder.Services.AddHostedService(services => services.GetRequiredService<HoldWriter>());
builder.Services.AddHostedService<WalletFeed>();
builder.Services.AddHostedService<PostAwaiting>();
builder.Services.AddHostedService<ExpirySweep>();
builder.Services.AddHostedService<PeriodScheduler>();
builder.Services.AddHostedService<VerifyAtIntervals>();
builder.Services.AddHostedService<LeaseSweep>();
builder.Services.AddHostedService(services => services.GetRequiredService<LeaseFeed>());
builder.AddPlatformMessaging((Queues.WalletUsageMetered, typeof(UsageMeteredConsumer)));
builder.AddDeadMessages("wallet", Queues.WalletUsageMetered);
builder.Services.AddSingleton<WalletService>();
builder.Services.AddPlatformGrpc();
builder.Services.TakeBatches<WalletService>();

var app = builder.Build();
app.UsePlatformGrpc();
app.MapDefaultEndpoints();
app.MapPlatformReflection();
app.MapDeadMessages();
app.MapGrpcService<WalletService>();
app.MapGrpcService<AllocationsService>();
app.MapGrpcService<LeaseService>();
app.MapGrpcService<IdentityService>();
app.MapGrpcService<ControlsService>();
app.MapGrpcService<AuditLogService>();
return await app.RunServiceAsync();
