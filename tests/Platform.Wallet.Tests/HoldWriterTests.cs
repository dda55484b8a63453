using System.Runtime.CompilerServices;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>The group-committing writer: batches, replicas, repeats, and what fails.</summary>
public sealed class HoldWriterTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact(Timeout = 300_000)]
    public async Task Two_replicas_on_one_wallet_never_hold_more_than_it_has()
    {
        await using var other = await ledger.AddReplicaAsync();
        var team = await ledger.TeamWithAsync(1_000);
        var creates = new[] { ledger.Get<CreateHold>(), other.Get<CreateHold>() };

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 400).Select(async i =>
        {
            var attempt = Guid.CreateVersion7();
            var outcome = (await CreateAsync(creates[i % 2], team, attempt, 7)).Outcome;
            if (outcome == HoldOutcome.Held && i % 3 == 0)
            {
                // Reported on the replica that did not make it.
                await LedgerFixture.ResolveAsync((i % 2 == 0 ? other.Get<ResolveHold>() : ledger.Get<ResolveHold>()), attempt, new HoldInput.Report(7));
            }

            return outcome;
        }));

        Assert.Equal(142, outcomes.Count(outcome => outcome == HoldOutcome.Held));
        Assert.Equal("6/994/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(400 - 142, await ledger.ScalarAsync<long>(
            "SELECT count(*) FROM outbox WHERE message_type = 'Platform.Contracts.Events.DemandDenied' AND body->>'teamId' = $1", team));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Repeats_of_the_same_attempts_on_two_replicas_at_once_hold_each_once()
    {
        await using var other = await ledger.AddReplicaAsync();
        var team = await ledger.TeamWithAsync(10_000);
        var attempts = Enumerable.Range(0, 50).Select(_ => Guid.CreateVersion7()).ToArray();

        var outcomes = await Task.WhenAll(attempts.SelectMany(attempt => new[] { ledger.Get<CreateHold>(), other.Get<CreateHold>() }
            .SelectMany(create => Enumerable.Range(0, 3).Select(_ => CreateAsync(create, team, attempt, 10)))));
        var reports = await Task.WhenAll(attempts.SelectMany(attempt => new[] { ledger.Get<ResolveHold>(), other.Get<ResolveHold>() }
            .Select(resolve => LedgerFixture.ResolveAsync(resolve, attempt, new HoldInput.Report(4)))));

        Assert.Equal(50, outcomes.Count(answer => answer.Outcome == HoldOutcome.Held));
        Assert.Equal(250, outcomes.Count(answer => answer.Outcome == HoldOutcome.Exists));
        Assert.All(reports, report => Assert.Equal((HoldState.Reported, 4), (report.State, report.HeldNanos)));
        Assert.Equal("9800/200/0/0 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 600_000)]
    public async Task Backends_that_are_killed_in_the_middle_lose_and_double_nothing()
    {
        const int Kills = 5;
        var team = await ledger.TeamWithAsync(1_000_000_000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var (held, answered) = (0, 0);
        var killed = new StrongBox<int>();
        var killing = KillBackendsAsync(() => Volatile.Read(ref answered), killed, stop.Token);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ =>
            {
                // On a quick machine a fixed number of calls can be over before the first of them is met at work.
                for (var i = 0; i < 15 || Volatile.Read(ref killed.Value) < Kills; i++)
                {
                    var attempt = Guid.CreateVersion7();
                    await UntilAnsweredAsync(() => CreateAsync(ledger.Get<CreateHold>(), team, attempt, 10));
                    Interlocked.Increment(ref answered);
                    await UntilAnsweredAsync(() => ledger.ResolveAsync(attempt, new HoldInput.Report(3)));
                    Interlocked.Increment(ref answered);
                    Interlocked.Increment(ref held);
                    TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                }
            }));
        }
        finally
        {
            await stop.CancelAsync();
        }

        await killing;

        // One that was told to end in the moment in which it had answered lies in the pool.
        ledger.DataSource.Clear();
        Assert.Equal($"{1_000_000_000 - 3 * held}/{3 * held}/0/0 over 0 of 1000000000", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(held, await ledger.ScalarAsync<long>("SELECT count(*) FROM hold WHERE team_id = $1 AND state = 3", team));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_report_touches_no_index()
    {
        await using var own = new LedgerFixtureOwner();
        await own.Ledger.InitializeAsync();
        await own.Ledger.ExecuteAsync("UPDATE wallet SET observe = true WHERE team_id = 'team_support'");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var i = 0; i < 50; i++)
            {
                var attempt = Guid.CreateVersion7();
                await CreateAsync(own.Ledger.Get<CreateHold>(), "team_support", attempt, 1);
                await own.Ledger.ResolveAsync(attempt, new HoldInput.Report(1));
            }
        }));

        // The server counts with a delay. An update in place needs room on its page, which is not always there; with an indexed column changed there were none.
        await Eventually.TrueAsync(
            () => own.Ledger.ScalarAsync<bool>("SELECT n_tup_upd = 200 AND n_tup_hot_upd >= 150 FROM pg_stat_user_tables WHERE relname = 'hold'"),
            TimeSpan.FromSeconds(45),
            "updates in place to be counted");
    }

    [Fact(Timeout = 300_000)]
    public async Task A_command_that_no_database_takes_fails_alone()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var poisoned = Guid.CreateVersion7();
        var attempts = Enumerable.Range(0, 60).Select(_ => Guid.CreateVersion7()).ToArray();

        // Half of a surrogate pair is no text in UTF-8; the wire cannot carry it, so this is a stand-in for a mistake of ours.
        var poison = Assert.ThrowsAnyAsync<Exception>(() => ledger.ResolveAsync(poisoned, new HoldInput.Release("\ud800")));
        var outcomes = await Task.WhenAll(attempts.Select(attempt => ledger.HoldAsync(team, attempt, 10)));

        await poison;
        Assert.All(outcomes, outcome => Assert.Contains(outcome, new[] { HoldOutcome.Held, HoldOutcome.Exists }));
        Assert.Equal("400/600/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_lock_that_somebody_keeps_stops_its_wallet_alone_until_it_goes()
    {
        // One loop for all wallets, which does not know whose the holds are.
        await using var other = await ledger.AddReplicaAsync(options: new HoldOptions { Writers = 1 });
        var (kept, free) = (await ledger.TeamWithAsync(100), await ledger.TeamWithAsync(100));
        var (keptHold, freeHold) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await ledger.HoldAsync(kept, keptHold, 10);
        await ledger.HoldAsync(free, freeHold, 10);
        await using (var connection = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token))
        await using (var transaction = await connection.BeginTransactionAsync(LedgerFixture.Token))
        {
            await LedgerStore.LockAsync(transaction, [WalletAccounts.IdOf(kept)], LedgerFixture.Token);
            for (var round = 0; round < 2; round++)
            {
                // Whatever the loop has begun with, one of the kept wallet's is beside the others of it.
                var refusedHold = HoldTests.TryAsync(() => HoldAsync(kept));
                var frees = HoldAsync(free);
                var report = LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), freeHold, new HoldInput.Report(4));
                var refusedReport = HoldTests.TryAsync(() => LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), keptHold, new HoldInput.Report(4)));

                Assert.Equal([Reasons.DependencyUnavailable, Reasons.DependencyUnavailable], await Task.WhenAll(refusedHold, refusedReport));
                Assert.Equal(HoldOutcome.Held, await frees);
                Assert.Equal(HoldState.Reported, (await report).State);
                ledger.Time.Advance(KeptRows.Pause);
            }
        }

        Assert.Equal(HoldOutcome.Held, await HoldAsync(kept));
        await LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), keptHold, new HoldInput.Report(4));
        Assert.Equal("91/9/0/0 over 0 of 100", (await ledger.WalletAsync(kept)).Line());
        Assert.Equal("86/14/0/0 over 0 of 100", (await ledger.WalletAsync(free)).Line());
        await ledger.VerifyAsync();

        async Task<HoldOutcome> HoldAsync(string team) => (await CreateAsync(other.Get<CreateHold>(), team, Guid.CreateVersion7(), 5)).Outcome;
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_whose_statement_the_server_has_cancelled_may_be_asked_for_again()
    {
        var team = await ledger.TeamWithAsync(100);
        var attempt = Guid.CreateVersion7();
        await ledger.ExecuteAsync($$"""
            CREATE FUNCTION cancel() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'canceling statement due to statement timeout' USING ERRCODE = '57014'; END $$;
            CREATE TRIGGER cancel BEFORE INSERT ON hold FOR EACH ROW WHEN (NEW.attempt_id = '{{attempt}}') EXECUTE FUNCTION cancel()
            """);

        Assert.Equal(Reasons.DependencyUnavailable, await HoldTests.TryAsync(() => CreateAsync(ledger.Get<CreateHold>(), team, attempt, 5)));

        await ledger.ExecuteAsync("DROP TRIGGER cancel ON hold");
        Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(team, attempt, 5));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_full_queue_refuses_and_does_nothing()
    {
        await using var small = await ledger.AddReplicaAsync(options: new HoldOptions { QueueLimit = 100 });
        var team = await ledger.TeamWithAsync(0);
        await ledger.ExecuteAsync("UPDATE wallet SET empty_wait_seconds = 30 WHERE team_id = $1", team);
        var waiting = Enumerable.Range(0, 100).Select(_ => CreateAsync(small.Get<CreateHold>(), team, Guid.CreateVersion7(), 5)).ToArray();
        await Eventually.TrueAsync(() => Task.FromResult(small.Get<HoldWriter>().Queued == 100), Limit, "the queue to be full");

        Assert.Equal(Reasons.HoldQueueFull, await HoldTests.TryAsync(() => CreateAsync(small.Get<CreateHold>(), team, Guid.CreateVersion7(), 5)));

        await ledger.FundAsync(team, 500);
        Assert.All(await Task.WhenAll(waiting).WaitAsync(Limit, TestContext.Current.CancellationToken), answer => Assert.Equal(HoldOutcome.Held, answer.Outcome));
        Assert.Equal("0/500/0/0 over 0 of 500", (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_batch_answers_each_item_by_itself_and_in_order()
    {
        var team = await ledger.TeamWithAsync(100);
        var (first, second) = (Guid.CreateVersion7().ToString(), Guid.CreateVersion7().ToString());
        CreateHoldRequest Item(string attempt, long bound, string? of = null) =>
            new() { AttemptId = attempt, TeamId = of ?? team, BoundNanos = bound, Currency = "USD", Sent = true };

        var made = await ledger.Get<CreateHolds>().RunAsync(
            new CreateHoldsRequest
            {
                Holds =
                {
                    Item(first, 60), Item("no id", 10), Item(first, 60), Item(second, 0), Item(second, 40), Item(Guid.CreateVersion7().ToString(), 1),
                    Item(Guid.CreateVersion7().ToString(), 1, "nobody"),
                },
            },
            "test", LedgerFixture.Token);
        var reported = await ledger.Get<ReportHolds>().RunAsync(
            new ReportHoldsRequest
            {
                Reports =
                {
                    new ReportHoldRequest { AttemptId = first, CostNanos = 5 }, new ReportHoldRequest { AttemptId = Guid.CreateVersion7().ToString() },
                    new ReportHoldRequest { AttemptId = second, CostNanos = -1 }, new ReportHoldRequest { AttemptId = second, CostNanos = 50 },
                },
            },
            "test");

        Assert.Equal(
            ["Held", Reasons.InvalidArgument, "Exists", Reasons.AmountInvalid, "Held", "InsufficientFunds", "TeamNotFound"],
            made.Results.Select(result => result.Hold?.Outcome.ToString() ?? result.Error.Reason));
        Assert.Equal(
            ["Reported 5", Reasons.HoldNotFound, Reasons.AmountInvalid, "Reported 40"],
            reported.Results.Select(result => result.Hold is { } hold ? $"{hold.State} {hold.HeldNanos}" : result.Error.Reason));
        Assert.Equal((int)StatusCode.NotFound, reported.Results[1].Error.Code);
        Assert.Equal("55/45/0/0 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_001)]
    public async Task A_batch_of_another_size_is_refused_whole(int size) => Assert.Equal(
        Reasons.BatchTooLarge,
        await HoldTests.TryAsync(() => ledger.Get<CreateHolds>().RunAsync(
            new CreateHoldsRequest { Holds = { Enumerable.Repeat(new CreateHoldRequest(), size) } }, "test", LedgerFixture.Token)));

    [Fact(Timeout = 300_000)]
    public async Task A_call_is_charged_to_the_user_else_the_application_else_the_team_and_new_wallets_are_found_on_every_replica()
    {
        await using var other = await ledger.AddReplicaAsync();
        var team = await ledger.TeamWithAsync(100);
        Assert.Equal(WalletAccounts.IdOf(team), await ChargedAsync(ledger.Get<CreateHold>(), "ann", "bot"));

        await AddWalletAsync(team, application: "bot");
        await Eventually.TrueAsync(
            async () => await ChargedAsync(other.Get<CreateHold>(), "ann", "bot") == WalletAccounts.IdOf(team, applicationId: "bot"), Limit,
            "the application's wallet to be charged");
        await AddWalletAsync(team, user: "ann");
        await Eventually.TrueAsync(
            async () => await ChargedAsync(other.Get<CreateHold>(), "ann", "bot") == WalletAccounts.IdOf(team, "ann"), Limit,
            "the user's wallet to be charged");

        Assert.Equal(WalletAccounts.IdOf(team, applicationId: "bot"), await ChargedAsync(other.Get<CreateHold>(), "", "bot"));
        Assert.Equal(WalletAccounts.IdOf(team), await ChargedAsync(other.Get<CreateHold>(), "bob", ""));

        async Task<string> ChargedAsync(CreateHold create, string user, string application) => (await create.RunAsync(
            new CreateHoldRequest
            {
                AttemptId = Guid.CreateVersion7().ToString(), TeamId = team, UserId = user, ApplicationId = application, BoundNanos = 1_000, Currency = "USD",
            },
            "test", LedgerFixture.Token)).WalletId;
    }

    [Theory]
    [InlineData("organisation")]
    [InlineData("")]
    [InlineData("team_support.user.ann")]
    [InlineData("no\0team")]
    public async Task A_team_that_is_none_has_no_wallet(string team)
    {
        await AddWalletAsync("team_support", user: "ann");
        Assert.Equal(HoldOutcome.TeamNotFound, await ledger.HoldAsync(team, Guid.CreateVersion7(), 1));
    }

    [Theory]
    [InlineData("context")]
    [InlineData("size")]
    [InlineData("user")]
    [InlineData("moment")]
    public async Task What_the_database_could_not_keep_is_refused_before_it(string what)
    {
        var request = new CreateHoldRequest
        {
            AttemptId = Guid.CreateVersion7().ToString(), TeamId = "team_support", BoundNanos = 1, Currency = "USD", UserId = what == "user" ? "a\0b" : "",
            Context = new AttemptContext { Model = what == "context" ? "gpt\0" : "gpt", Workload = what == "size" ? new string('w', 40_000) : "" },
            OccurredAt = what == "moment" ? new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = long.MaxValue } : null,
        };
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => ledger.Get<CreateHold>().RunAsync(request, "test", LedgerFixture.Token)));
    }

    /// <summary>A database of a test's own.</summary>
    private sealed class LedgerFixtureOwner : IAsyncDisposable
    {
        public LedgerFixture Ledger { get; } = new();

        public ValueTask DisposeAsync() => Ledger.DisposeAsync();
    }

    private async Task AddWalletAsync(string team, string user = "", string application = "") => await ledger.Get<LedgerDatabase>().InTransactionAsync(
        async transaction =>
        {
            var id = WalletAccounts.IdOf(team, user, application);
            var there = (await LedgerStore.LockAsync(transaction, [id], LedgerFixture.Token)).Count > 0;
            if (!there)
            {
                await LedgerStore.InsertWalletAsync(
                    transaction,
                    WalletAccounts.New(id, team, id, "USD", WalletAccounts.IdOf(team)) with { UserId = user, ApplicationId = application },
                    ledger.Time.GetUtcNow(), LedgerFixture.Token);
            }

            return (true, true);
        },
        LedgerFixture.Token);

    /// <summary>
    /// Ends sessions of the ledger's database that are in a transaction, until it is told to stop, and counts them. Kills again once some calls more are answered: on a machine on which a new
    /// connection takes longer than the pause, none would ever be.
    /// </summary>
    private async Task KillBackendsAsync(Func<int> answered, StrongBox<int> killed, CancellationToken stop)
    {
        const int Between = 4;
        var settings = new NpgsqlConnectionStringBuilder(ledger.ConnectionString);
        var database = settings.Database!;
        settings.Database = "postgres";
        await using var killer = NpgsqlDataSource.Create(settings);
        var before = 0;
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (!stop.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            if (answered() - before < Between)
            {
                continue;
            }

            before = answered();
            await using var command = killer.CreateCommand(
                "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1 AND state <> 'idle'");
            command.Parameters.Add(new() { Value = database });
            Interlocked.Add(ref killed.Value, (int)(long)(await command.ExecuteScalarAsync(CancellationToken.None))!);
        }
    }

    /// <summary>As a gateway does: asks again with the same id while there is no answer.</summary>
    private static async Task<T> UntilAnsweredAsync<T>(Func<Task<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
            {
                // Asked again.
            }
        }
    }

    private static Task<CreateHoldResponse> CreateAsync(CreateHold create, string team, Guid attempt, long bound) => create.RunAsync(
        new CreateHoldRequest { AttemptId = attempt.ToString(), TeamId = team, BoundNanos = bound, Currency = "USD", Sent = true }, "test",
        LedgerFixture.Token);
}
