using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Postgres;
using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Deciding;
using Platform.Routing.Health;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.Routing.Leases;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;
using Platform.Routing.Resilience;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shipping;
using Platform.Routing.Telemetry;
using Platform.Routing.Tests.Leases;
using Platform.Routing.Tests.Limits;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Calls;

/// <summary>
/// The gateway from a decided call on, in the test's process: its loop, its journal on the disk and its leases, against real HTTP providers and the contract's
/// wallet. Nothing is shipped to Metering: what would be stands in the journal.
/// </summary>
internal sealed class LocalGateway : IAsyncDisposable
{
    private const string Body = """{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":100}""";

    private readonly string _root = Directory.CreateTempSubdirectory("kt-calls-").FullName;
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ReplicaDirectory _replica;
    private readonly AttemptJournal _journal;
    private readonly ProviderClient _client;
    private readonly AttemptLoop _loop;
    private readonly ChatShape _shape = new();
    private readonly LeasePool _pool;
    private readonly TimeProvider _time;

    /// <param name="database">Where rate limits are counted; null for calls without limits.</param>
    /// <param name="clock">Null: the machine's.</param>
    /// <param name="proxy">Instead of the environment's.</param>
    /// <param name="admission">Under limits of another clock, telling of what they refuse here; null: its own.</param>
    public LocalGateway(
        long funds = 1_000_000_000, GatewayOptions? gateway = null, BreakerOptions? breaker = null, NpgsqlDataSource? database = null, TimeProvider? clock = null,
        IWebProxy? proxy = null, Func<DeniedCalls, CallAdmission>? admission = null)
    {
        var time = _time = clock ?? TimeProvider.System;
        _replica = ReplicaDirectory.Take(_root);
        _journal = new AttemptJournal(_replica, Options.Create(new JournalOptions { Directory = _root }), time);
        Wallet = new ContractWallet(funds);
        var leases = ContractWallet.ClientOf(Wallet);
        var wallet = new Contracts.Wallet.V1.Wallet.WalletClient(Wallet);
        var meters = _meters.GetRequiredService<IMeterFactory>();
        Board = new TargetBoard(Options.Create(breaker ?? new BreakerOptions()), time);
        var metrics = Metrics = new RoutingMetrics(meters, _journal, Board, time);
        var leaseMetrics = new LeaseMetrics(meters);
        var leaseOptions = Options.Create(new LeaseOptions());
        var options = Options.Create(gateway ?? new GatewayOptions());
        _client = new ProviderClient(options, proxy);
        DeadLetters = new DeadLetters(_replica, time);
        Holds = new HoldEndings(wallet, leases, _journal, DeadLetters, time, NullLogger<HoldEndings>.Instance);
        var closing = new LeaseClosing(leases, Holds, _journal, leaseMetrics, leaseOptions, time, NullLogger<LeaseClosing>.Instance);
        _pool = new LeasePool(
            new LeaseOperations(leases, closing, _journal, _replica, leaseMetrics, leaseOptions, time, NullLogger<LeaseOperations>.Instance), leaseMetrics,
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), leaseOptions, time);
        var shipper = new UsageShipper(null!, _journal, DeadLetters, Holds, Options.Create(new JournalOptions()), time, NullLogger<UsageShipper>.Instance);
        Planner = new CallPlanner(new PromptHasher(Options.Create(new IdentityOptions { ServiceToken = "k" })), _pool, Prices, time);
        Records = new AttemptRecords(_journal, new UnwrittenEnds(_journal), Holds, shipper, metrics, _replica, time, NullLogger<AttemptRecords>.Instance);
        Chooser = new TargetChooser(Board, Prices, new Random(1));
        Limits = new LocalLimits(database, meters);
        var admits = admission?.Invoke(Limits.Denied) ?? Limits.Admission;
        Funding = new AttemptFunding(_pool, wallet, Records, options, time, NullLogger<AttemptFunding>.Instance);
        var budgets = new RetryBudgets(time);
        var factory = new AttemptFactory(Chooser, time);
        Decided = new DecidedAttempts(Records, time);
        Decide = new DecideCall(Planner, Chooser, admits, factory, Funding, budgets, Decided, Forbidden = new ForbiddenCalls(Limits.Denied, Prices, time), [_shape], time);
        Report = new ReportAttempt(Decided, Records, time);
        Misconfigured = new MisconfiguredTargets(
            database ?? NpgsqlDataSource.Create("Host=nowhere"), new Outbox(time), time, NullLogger<MisconfiguredTargets>.Instance);
        _loop = new AttemptLoop(
            Chooser, admits, factory, Funding, Records, new Forwarder(_client, Records, Answers = new AnswerRoom(options, meters, time), options, time), budgets, metrics, Misconfigured, options, new Random(1), time);
    }

    public ContractWallet Wallet { get; }

    /// <summary>The call that was made last.</summary>
    public Call? LastCall { get; private set; }

    /// <summary>Who makes the calls.</summary>
    public Caller Caller { get; set; } = new("key_1", "Key", Role.Inference, "team_a", "");

    /// <summary>What every call is for.</summary>
    public static CallLabels Labels { get; } = new("", new Dictionary<string, string> { ["feature"] = "search" }.AsReadOnly());

    /// <summary>How team_a's lease stands.</summary>
    public async Task<LeaseTotals> LeaseAsync()
    {
        var lease = await _pool.DrawAsync(new LeaseSubject("team_a", "", "", "key_1", "USD"), 1, TestContext.Current.CancellationToken);
        lease!.GiveBack(1, spentNanos: 0);
        return lease.Totals;
    }

    public AttemptLoop Loop => _loop;

    public ProviderClient Client => _client;

    public AnswerRoom Answers { get; }

    public DecideCall Decide { get; }

    public ForbiddenCalls Forbidden { get; }

    public RoutingMetrics Metrics { get; }

    public ReportAttempt Report { get; }

    public DecidedAttempts Decided { get; }

    public CallPlanner Planner { get; }

    public TargetBoard Board { get; }

    public MisconfiguredTargets Misconfigured { get; }

    public TargetChooser Chooser { get; }

    public AttemptFunding Funding { get; }

    public AttemptRecords Records { get; }

    public HoldEndings Holds { get; }

    public DeadLetters DeadLetters { get; }

    public JournalStanding Journal => _journal.Standing();

    public LocalLimits Limits { get; }

    public PriceReplica Prices { get; } = new(null!, TimeProvider.System, NullLogger<PriceReplica>.Instance);

    /// <summary>A target at a provider of that name and address; its tokens cost so many nano-units each, in and out.</summary>
    public static RouteTarget Target(string name, string address) => Routes.Target("m-" + name, Routes.OpenAi with { Name = name, BaseUrl = address });

    public static RouteSet Set(RouteFailover failover, params RouteTarget[] targets) => Routes.Set("model/m", targets) with { Failover = failover };

    /// <summary>A call's answer, as its caller gets it.</summary>
    public async Task<(int Status, string Body, IHeaderDictionary Headers)> CallAsync(RouteSet set, bool stream = false, string lane = "standard", RouteSet? ownRoute = null, string? body = null, WireShape? shape = null,
        MemoryStream? answer = null, CancellationTokenSource? caller = null, string betas = "")
    {
        Price(set.Targets.Concat(ownRoute?.Targets ?? []));
        answer ??= new MemoryStream();
        var http = new DefaultHttpContext { Request = { Headers = { [MessagesShape.BetaHeader] = betas } }, Response = { Body = answer } };
        if (caller is not null)
        {
            http.Features.Set<IHttpRequestLifetimeFeature>(new CallerConnection(caller));
        }

        var call = LastCall = NewCall(set, stream, lane, ownRoute, body, shape ?? _shape, http.Request.Headers);
        if (await _loop.RunAsync(http, call) is { } error)
        {
            await error.WriteAsync(http.Response, TestContext.Current.CancellationToken);
        }

        return (http.Response.StatusCode, Encoding.UTF8.GetString(answer.ToArray()), http.Response.Headers);
    }

    /// <summary>Every attempt in the journal, in the order in which they began: where, number, how it ended, and what else its record says.</summary>
    public IReadOnlyList<RecoveredAttempt> Attempts() => JournalContents.Read(_replica.Path).Attempts;

    /// <summary>As "provider#number end", for whole stories.</summary>
    public string Story() => string.Join(", ", Attempts().Select(attempt => $"{attempt.Intent.Event!.Provider}#{attempt.Intent.Event.AttemptNumber} {attempt.Last.Kind}"));

    public async ValueTask DisposeAsync()
    {
        await Limits.DisposeAsync();
        _client.Dispose();
        Misconfigured.Dispose();
        _journal.Dispose();
        _replica.Dispose();
        await _meters.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Ends when the caller goes away, or the gateway has had enough of him.</summary>
    private sealed class CallerConnection(CancellationTokenSource caller) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = caller.Token;

        public void Abort() => caller.Cancel();
    }

    private Call NewCall(RouteSet set, bool stream, string lane, RouteSet? ownRoute, string? body, WireShape shape, IHeaderDictionary headers)
    {
        var text = (body ?? Body).Replace("\"max_tokens\"", stream ? "\"stream\":true,\"max_tokens\"" : "\"max_tokens\"");
        Assert.Null(shape.TryRead(Encoding.UTF8.GetBytes(text), headers, out var request));
        return new Call
        {
            Id = Guid.CreateVersion7(), Shape = shape, Request = request, Caller = Caller, Labels = Labels,
            PromptHash = ByteString.Empty, Lane = lane, LaneReason = "", Route = set, Arrived = _time.GetTimestamp(),
            Model = new RouteModel("m", "standard", ownRoute ?? set, FrozenDictionary<string, RouteSet>.Empty, DateTimeOffset.UnixEpoch),
            Policy = new RoutingTable(
                7, FrozenDictionary<string, RouteProvider>.Empty, FrozenDictionary<string, RouteTarget>.Empty, FrozenDictionary<string, RouteModel>.Empty,
                FrozenDictionary<string, RouteLane>.Empty, [], Limits.Policy),
        };
    }

    /// <summary>Further tiers that every model has a price of, in percent of standard; their price ids are tens above that one's.</summary>
    public IReadOnlyList<(string Tier, int Percent)> Tiers { get; set; } = [];

    /// <summary>What a standard token costs in the region us, in percent of everywhere; its price ids are hundreds. Null: it has no price there.</summary>
    public int? UsPercent { get; set; }

    /// <summary>What a request costs beside its tokens, in nano-units.</summary>
    public long Fee { get; set; }

    /// <summary>Tokens cost nothing.</summary>
    public bool Free { get; set; }

    /// <summary>A token costs as many nano-units as the provider's name has letters.</summary>
    public void Price(IEnumerable<WeightedTarget> targets)
    {
        var book = new PriceBook { Revision = Random.Shared.NextInt64() };
        foreach (var target in targets.Select(choice => choice.Target).DistinctBy(target => (target.Provider.Name, target.Model)))
        {
            foreach (var (tens, (tier, percent)) in Tiers.Prepend(("standard", 100)).Index())
            {
                book.Prices.Add(Row(target, 10 * tens, tier, "", percent));
            }

            if (UsPercent is { } us)
            {
                book.Prices.Add(Row(target, 100, "standard", "us", us));
            }
        }

        Prices.Apply(book);

        PriceRow Row(RouteTarget target, int id, string tier, string region, int percent)
        {
            var rate = Free ? 0 : target.Provider.Name.Length * 10_000L * percent;
            return new PriceRow
            {
                PriceId = id + target.Provider.Name.Length, Provider = target.Provider.Name, Model = target.Model, Currency = "USD", Tier = tier, Region = region, InputPerMillion = rate,
                CachedInputPerMillion = rate, CacheWritePerMillion = rate, OutputPerMillion = rate, ReasoningPerMillion = rate, PerRequest = Fee,
            };
        }
    }
}
