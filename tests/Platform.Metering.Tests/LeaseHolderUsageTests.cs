using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Testing;
using static Platform.Testing.RolesByName;

namespace Platform.Metering.Tests;

/// <summary>The usage that a team's own platform tells of its leases, over a real connection.</summary>
public sealed class LeaseHolderUsageTests : IAsyncLifetime
{
    private static readonly Guid Own = Guid.CreateVersion7();
    private static readonly Guid Gateways = Guid.CreateVersion7();

    private MeteringWire _wire = null!;

    private Usage.UsageClient Usage => new(_wire.Channel);

    public async ValueTask InitializeAsync()
    {
        _wire = await MeteringWire.StartAsync(new RolesByName(), TestContext.Current.CancellationToken);
        _wire.Metering.Wallet.Leases[Own] = new KnownLease(Holder, "key_test", Money.NanosPerUnit);
        _wire.Metering.Wallet.Leases[Gateways] = new KnownLease("gateway-1", "", Money.NanosPerUnit);
    }

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Usage_of_its_own_lease_is_told_to_wallet_with_the_attempt_that_follows_from_the_event()
    {
        var results = (await RecordAsync(Event("call-1"))).Results;
        Assert.Equal(RecordOutcome.Accepted, Assert.Single(results).Outcome);

        var item = Assert.Single(Assert.Single(await _wire.Metering.OwedAsync()).Items);
        Assert.Equal((FundingClass.Leased, Own, 900_000L, DerivedId.OfAttempt(Holder, "call-1")), (item.Funding, item.LeaseId, item.BoundNanos, item.AttemptId));

        // What is known is known while Wallet is away.
        _wire.Metering.Wallet.IsAway = true;
        Assert.Equal(RecordOutcome.Accepted, (await RecordAsync(Event("call-2"))).Results[0].Outcome);
        Assert.Equal(RecordOutcome.Duplicate, (await RecordAsync(Event("call-2"))).Results[0].Outcome);
    }

    [Fact(Timeout = 300_000)]
    public async Task Batch_that_names_anothers_lease_or_an_unknown_one_is_refused_whole()
    {
        foreach (var lease in new[] { Gateways, Guid.CreateVersion7() })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => RecordAsync(Event("fine"), Event("theirs", lease)));
            Assert.Equal((StatusCode.PermissionDenied, Reasons.RoleMissing), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
            Assert.Contains(lease.ToString(), refused.Status.Detail, StringComparison.Ordinal);
        }

        Assert.Empty(await _wire.Metering.StreamAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Usage_without_a_key_or_a_workload_has_those_of_the_lease_and_of_its_key()
    {
        await RecordAsync(Event("silent", with: usage => usage.Workload = ""), Event("said", with: usage => usage.Workload = "interactive"));
        var records = (await _wire.Metering.StreamAsync()).ToDictionary(record => record.Event.EventId, record => record.Event);
        Assert.Equal(("key_test", HoldersWorkload), (records["silent"].KeyId, records["silent"].Workload));
        Assert.Equal(("key_test", "interactive"), (records["said"].KeyId, records["said"].Workload));
    }

    [Fact(Timeout = 300_000)]
    public async Task Hard_limit_on_the_key_that_comes_late_misses_nothing_of_what_was_told_without_a_key()
    {
        var cost = (await RecordAsync(Event("call-1", with: usage => (usage.OccurredAt, usage.Tokens) =
            (TimeProvider.System.GetUtcNow().ToTimestampUtc(), new Tokens { Input = 1_000_000 })))).Results[0].CostNanos;
        await new Contracts.Metering.V1.Budgets.BudgetsClient(_wire.Channel).SetBudgetAsync(
            new SetBudgetRequest
            {
                BudgetId = "agents", Scope = new BudgetScope { KeyId = "key_test" }, Period = BudgetPeriod.Month, AmountNanos = 100 * Money.NanosPerUnit, Currency = "USD", HardLimit = true,
                IdempotencyKey = "agents",
            },
            As(Role.Owner, TestContext.Current.CancellationToken));

        // The server's own loops count and tell; beside them a step of the test's would do nothing where they have the turn.
        await Eventually.TrueAsync(() => Task.FromResult(!_wire.Metering.Wallet.Spent.IsEmpty), TimeSpan.FromSeconds(50), "Wallet to be told what the budget has spent");
        Assert.Equal(cost, Assert.Single(_wire.Metering.Wallet.Spent).Nanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Successor_tells_what_the_keys_before_it_drew_in_their_name_and_no_other_keys()
    {
        // Rotated twice; and another key of the same holder, of no line with them, made the lease.
        (_wire.Metering.Wallet.Replaces["key_test"], _wire.Metering.Wallet.Replaces["key_second"], _wire.Metering.Wallet.Replaces["key_first"]) = ("key_second", "key_first", "");
        var before = Guid.CreateVersion7();
        _wire.Metering.Wallet.Leases[before] = new KnownLease(Holder, "key_before", Money.NanosPerUnit);
        foreach (var keyId in new[] { "key_first", "key_second", "key_test", "key_before", "" })
        {
            Assert.Equal(RecordOutcome.Accepted, (await RecordAsync(Event($"of {keyId}", before, usage => usage.KeyId = keyId))).Results[0].Outcome);
        }

        // Told by the key before, without its name: once is once.
        Assert.Equal(RecordOutcome.Duplicate, (await RecordAsync(Event("of key_first", before))).Results[0].Outcome);
        Assert.Equal(
            ["key_before", "key_before", "key_first", "key_second", "key_test"], (await _wire.Metering.StreamAsync()).Select(record => record.Event.KeyId).Order());

        var refused = await Assert.ThrowsAsync<RpcException>(() => RecordAsync(Event("theirs", with: usage => usage.KeyId = "key_other")));
        Assert.Equal((StatusCode.PermissionDenied, Reasons.RoleMissing), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Lease_takes_usage_of_twice_what_it_was_granted_and_no_more()
    {
        // A call costs 450,000 nanos.
        var lease = Guid.CreateVersion7();
        Grant(450_000);
        Assert.Equal(
            [RecordOutcome.Accepted, RecordOutcome.Accepted, RecordOutcome.Invalid],
            (await RecordAsync(Event("one", lease), Event("two", lease), Event("three", lease))).Results.Select(result => result.Outcome));
        var results = (await RecordAsync(Event("three", lease), Event("one", lease), Event("of another"))).Results;
        Assert.Equal([RecordOutcome.Invalid, RecordOutcome.Duplicate, RecordOutcome.Accepted], results.Select(result => result.Outcome));
        Assert.Contains($"lease {lease} would cost 0.00135, more than twice the 0.00045", results[0].Message, StringComparison.Ordinal);

        // A grant that was topped up is seen at once, and nothing is refused by one that may be old.
        Grant(675_000);
        Assert.Equal(RecordOutcome.Accepted, (await RecordAsync(Event("three", lease))).Results[0].Outcome);
        _wire.Metering.Wallet.IsAway = true;
        Assert.Equal(RecordOutcome.Accepted, (await RecordAsync(Event("four", lease))).Results[0].Outcome);
        Assert.Equal(1_800_000, await _wire.Metering.ScalarAsync<long>($"SELECT cost_nanos FROM lease_told WHERE lease_id = '{lease}'"));
        Assert.Equal(5, (await _wire.Metering.StreamAsync()).Count);

        void Grant(long nanos) => _wire.Metering.Wallet.Leases[lease] = new KnownLease(Holder, "key_test", nanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Trial_is_held_to_what_the_lease_was_granted_and_takes_none_of_it()
    {
        // A call costs 450,000 nanos.
        var lease = Guid.CreateVersion7();
        _wire.Metering.Wallet.Leases[lease] = new KnownLease(Holder, "key_test", 450_000);
        Assert.Equal(RecordOutcome.Accepted, (await RecordAsync(Event("one", lease))).Results[0].Outcome);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Invalid], (await TryAsync(Event("two", lease), Event("three", lease))).Results.Select(result => result.Outcome));
        }

        Assert.Equal(450_000, await _wire.Metering.ScalarAsync<long>($"SELECT cost_nanos FROM lease_told WHERE lease_id = '{lease}'"));
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => TryAsync(Event("theirs", Gateways)))).StatusCode);

        Task<RecordResponse> TryAsync(params UsageEvent[] events) =>
            Usage.TryRecordAsync(new RecordRequest { Events = { events } }, As(Role.LeaseHolder, TestContext.Current.CancellationToken)).ResponseAsync;
    }

    [Fact(Timeout = 300_000)]
    public async Task Stream_is_held_to_the_same_as_a_call()
    {
        using var stream = Usage.RecordStream(As(Role.LeaseHolder, TestContext.Current.CancellationToken));
        await stream.RequestStream.WriteAsync(new RecordRequest { Events = { Event("call-1") } }, TestContext.Current.CancellationToken);
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        await stream.RequestStream.WriteAsync(
            new RecordRequest { Events = { Event("dear", with: usage => usage.Tokens = new Tokens { Input = 100_000_000 }) } }, TestContext.Current.CancellationToken);
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(RecordOutcome.Invalid, stream.ResponseStream.Current.Results[0].Outcome);
        await stream.RequestStream.WriteAsync(new RecordRequest { Events = { Event("call-2", Gateways) } }, TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Single(await _wire.Metering.StreamAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task While_wallet_is_away_a_lease_that_is_not_known_is_asked_for_later()
    {
        _wire.Metering.Wallet.IsAway = true;
        var away = await Assert.ThrowsAsync<RpcException>(() => RecordAsync(Event("call-1")));
        Assert.Equal(StatusCode.Unavailable, away.StatusCode);

        _wire.Metering.Wallet.IsAway = false;
        Assert.Equal(RecordOutcome.Accepted, (await RecordAsync(Event("call-1"))).Results[0].Outcome);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_holder_reads_prices_and_nothing_else()
    {
        var caller = As(Role.LeaseHolder, TestContext.Current.CancellationToken);
        var prices = new Contracts.Metering.V1.Prices.PricesClient(_wire.Channel);
        Assert.NotEmpty((await prices.ListPricesAsync(new ListPricesRequest { Provider = "openai" }, caller)).Prices);
        await prices.ListAliasesAsync(new ListAliasesRequest(), caller);
        foreach (var call in new Func<Task>[]
                 {
                     () => prices.ListUnpricedAsync(new ListUnpricedRequest(), caller).ResponseAsync,
                     () => prices.ImportPricesAsync(new ImportPricesRequest(), caller).ResponseAsync,
                     () => prices.WatchPrices(new WatchPricesRequest(), caller).ResponseStream.MoveNext(TestContext.Current.CancellationToken),
                     () => Usage.ListUsageAsync(new ListUsageRequest(), caller).ResponseAsync,
                     () => Usage.QuerySpendAsync(new QuerySpendRequest(), caller).ResponseAsync,
                     () => Usage.TailUsage(new TailUsageRequest(), caller).ResponseStream.MoveNext(TestContext.Current.CancellationToken),
                 })
        {
            Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(call));
        }
    }

    private Task<RecordResponse> RecordAsync(params UsageEvent[] events) =>
        Usage.RecordAsync(new RecordRequest { Events = { events } }, As(Role.LeaseHolder, TestContext.Current.CancellationToken)).ResponseAsync;

    private static UsageEvent Event(string eventId, Guid? lease = null, Action<UsageEvent>? with = null) => Events.New(eventId, with: usage =>
    {
        (usage.Source, usage.KeyId, usage.LeaseId, usage.BoundNanos) = (Holder, "", (lease ?? Own).ToString(), 900_000);
        with?.Invoke(usage);
    });
}
