using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Controls;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Batches that are decided on what their writer wrote last (decision 0300): only while nobody else has written there.</summary>
public sealed class LastWrittenTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>, IAsyncLifetime
{
    private readonly LastWritten _written = new(ledger.Get<LedgerDatabase>(), ledger.Time);
    private NpgsqlConnection _connection = null!;
    private string _team = "";

    public async ValueTask InitializeAsync()
    {
        _connection = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        _team = await ledger.TeamWithAsync(1_000);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task What_is_remembered_is_what_a_reading_would_find()
    {
        var random = new Random(7);
        var open = new List<Guid>();
        var known = 0;
        await RunAsync(Create(Guid.CreateVersion7(), 1));
        for (var i = 0; i < 100; i++)
        {
            var commands = new List<HoldCommand>();
            for (var n = random.Next(1, 5); n > 0; n--)
            {
                if (open.Count == 0 || random.Next(2) == 0)
                {
                    var create = Create(Guid.CreateVersion7(), random.Next(1, 40), sent: random.Next(2) == 0);
                    commands.Add(create);
                    continue;
                }

                var attempt = open[random.Next(open.Count)];
                open.Remove(attempt);
                commands.Add(new ResolveHoldCommand(
                    attempt, random.Next(3) == 0 ? new HoldInput.Release("") : random.Next(3) == 0 ? new HoldInput.Suspend("lost") : new HoldInput.Report(random.Next(0, 50)), "test"));
            }

            ledger.Time.Advance(TimeSpan.FromMilliseconds(1));
            known += (await RunAsync([.. commands])).WasRead ? 0 : 1;
            open.AddRange(commands.OfType<CreateHoldCommand>().Where(create => create.Answer.Outcome == HoldOutcome.Held).Select(create => create.AttemptId));
            if (_written.Find([.. open.Select(attempt => new ResolveHoldCommand(attempt, new HoldInput.Report(0), "test")), Create(Guid.CreateVersion7(), 0)]) is { } remembered)
            {
                Assert.Equivalent(await ledger.Get<LedgerStore>().ReadAsync([WalletAccounts.IdOf(_team)], LedgerFixture.Token), remembered.Wallets, strict: true);
                Assert.Equivalent(await ReadAsync([.. open]), remembered.Holds, strict: true);
            }
        }

        // What lacks money, and the batch after it, are read for.
        Assert.InRange(known, 40, 100);
        await ledger.VerifyAsync();
    }

    /// <summary>Each changes what the next command is told; some change the wallet's row, some only the hold's, and some neither.</summary>
    public static TheoryData<string> Changes => new(
        "the wallet is frozen", "the money is held elsewhere", "the hold is marked sent elsewhere", "the hold is reported elsewhere", "the hold is posted", "the attempt is held elsewhere",
        "the attempt was refused elsewhere", "money comes in");

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Changes))]
    public async Task What_others_write_is_read(string change)
    {
        await using var other = await ledger.AddReplicaAsync();
        var (hold, next) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Assert.True((await RunAsync(Create(hold, 100))).WasRead);
        Assert.False((await RunAsync(Create(Guid.CreateVersion7(), 100))).WasRead);
        var (create, mark, report) = (Create(next, 300), new ResolveHoldCommand(hold, new HoldInput.MarkSent(TimeSpan.FromMinutes(1)), "test"), new ResolveHoldCommand(hold, new HoldInput.Report(40), "test"));
        var wallet = WalletAccounts.IdOf(_team);
        HoldCommand command;
        Func<Task> check;
        switch (change)
        {
            case "the wallet is frozen":
                await ledger.ExecuteAsync("UPDATE wallet SET frozen = true WHERE wallet_id = $1", wallet);
                (command, check) = (create, () => OutcomeAsync(HoldOutcome.Frozen, "800/200"));
                break;
            case "the money is held elsewhere":
                await HoldElsewhereAsync(_team, Guid.CreateVersion7(), 600);
                (command, check) = (create, () => OutcomeAsync(HoldOutcome.InsufficientFunds, "200/800"));
                break;
            case "the hold is marked sent elsewhere":
                await LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), hold, new HoldInput.MarkSent(TimeSpan.FromMinutes(1)));
                (command, check) = (report, async () =>
                {
                    Assert.NotNull(report.Answer.Hold!.SentAt);
                    Assert.Equivalent(report.Answer.Hold, (await ReadAsync([hold]))[hold]);
                });
                break;
            case "the hold is reported elsewhere":
                await LedgerFixture.ResolveAsync(other.Get<ResolveHold>(), hold, new HoldInput.Report(70));
                (command, check) = (report, () => VerdictAsync(report, HoldVerdict.Ended, "830/170"));
                break;
            case "the hold is posted":
                await ledger.PostAsync(ledger.Item(_team, hold, 60));
                (command, check) = (mark, () => VerdictAsync(mark, HoldVerdict.Repeat, "840/100"));
                break;
            case "the attempt is held elsewhere":
                await HoldElsewhereAsync(await ledger.TeamWithAsync(1_000), next, 300);
                (command, check) = (create, () => OutcomeAsync(HoldOutcome.ExistsDifferent, "800/200"));
                break;
            case "the attempt was refused elsewhere":
                await HoldElsewhereAsync(await ledger.TeamWithAsync(0), next, 300);
                (command, check) = (create, () => OutcomeAsync(HoldOutcome.InsufficientFunds, "800/200"));
                break;
            default:
                await ledger.FundAsync(_team, 500);
                (command, check) = (create, () => OutcomeAsync(HoldOutcome.Held, "1000/500"));
                break;
        }

        Assert.True((await RunAsync(command)).WasRead);
        await check();
        await ledger.VerifyAsync();

        Task HoldElsewhereAsync(string team, Guid attempt, long bound) => other.Get<CreateHold>().RunAsync(
            new CreateHoldRequest { AttemptId = attempt.ToString(), TeamId = team, BoundNanos = bound, Currency = "USD" }, "test", LedgerFixture.Token);

        async Task OutcomeAsync(HoldOutcome outcome, string balances)
        {
            Assert.Equal(outcome, create.Answer.Outcome);
            Assert.StartsWith(balances, (await ledger.WalletAsync(_team)).Line());
        }

        async Task VerdictAsync(ResolveHoldCommand step, HoldVerdict verdict, string balances)
        {
            Assert.Equal(verdict, step.Answer.Verdict);
            Assert.StartsWith(balances, (await ledger.WalletAsync(_team)).Line());
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_under_a_cap_is_not_read_for_while_the_cap_has_room()
    {
        var user = $"u{Guid.CreateVersion7():N}";
        await ledger.UserAsync(user);
        var cap = (await CapTests.SetAsync(ledger, CapScope.User, user, 300)).CapId;
        var (elsewhere, first) = (await ledger.TeamWithAsync(1_000), Guid.CreateVersion7());
        Assert.True((await RunAsync(Create(first, 100, user: user))).WasRead);
        Assert.False((await RunAsync(Create(Guid.CreateVersion7(), 60, user: user), Create(Guid.CreateVersion7(), 40, user: user))).WasRead);
        Assert.False((await RunAsync(new ResolveHoldCommand(first, new HoldInput.Report(70), "test"), Create(Guid.CreateVersion7(), 50))).WasRead);
        Assert.Equal(170, await UsedAsync());

        // The wallet's row stays as it was written; the room goes to a call of the same user in another team.
        Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(elsewhere, Guid.CreateVersion7(), 100, user: user));
        var (tooMuch, enough) = (Create(Guid.CreateVersion7(), 31, user: user), Create(Guid.CreateVersion7(), 30, user: user));
        Assert.True((await RunAsync(tooMuch)).WasRead);
        Assert.Equal(HoldOutcome.CapReached, tooMuch.Answer.Outcome);
        ledger.Time.Advance(TimeSpan.FromSeconds(1));
        await RunAsync(Create(Guid.CreateVersion7(), 1));
        Assert.False((await RunAsync(enough)).WasRead);
        Assert.Equal((HoldOutcome.Held, 300), (enough.Answer.Outcome, await UsedAsync()));

        // Beyond its limit a cap is still given back to, and refuses whatever is to be debited.
        await CapTests.SetAsync(ledger, CapScope.User, user, 200);
        await RunAsync(Create(Guid.CreateVersion7(), 1));
        Assert.False((await RunAsync(new ResolveHoldCommand(enough.AttemptId, new HoldInput.Release(""), "test"), Create(Guid.CreateVersion7(), 1))).WasRead);
        Assert.Equal(270, await UsedAsync());
        var refused = Create(Guid.CreateVersion7(), 1, user: user);
        Assert.True((await RunAsync(refused)).WasRead);
        Assert.Equal(HoldOutcome.CapReached, refused.Answer.Outcome);
        Assert.Equal("777/223/0/0 over 0 of 1000", (await ledger.WalletAsync(_team)).Line());
        await ledger.VerifyAsync();

        Task<long> UsedAsync() => ledger.ScalarAsync<long>("SELECT used FROM cap_account WHERE cap_id = $1", cap);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_change_that_is_about_to_be_committed_is_waited_for_and_read()
    {
        await RunAsync(Create(Guid.CreateVersion7(), 100));
        var create = Create(Guid.CreateVersion7(), 800);
        await using var theirs = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        await using var transaction = await theirs.BeginTransactionAsync(LedgerFixture.Token);
        var unit = new LedgerUnit(await LedgerStore.LockAsync(transaction, [WalletAccounts.OrganisationId, WalletAccounts.IdOf(_team)], LedgerFixture.Token), ledger.Time.GetUtcNow());
        unit.MoveBetween(TransferKind.Reclaim, WalletAccounts.IdOf(_team), WalletAccounts.OrganisationId, 200, new TransferDetails("test", ledger.Time.GetUtcNow()));
        await MoveFunds.WriteAsync(transaction, unit, LedgerFixture.Token);
        var running = RunAsync(create);
        await Eventually.TrueAsync(
            () => ledger.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)", _connection.ProcessID), TimeSpan.FromSeconds(30), "the batch to wait for the lock");
        await transaction.CommitAsync(LedgerFixture.Token);

        Assert.True((await running).WasRead);
        Assert.Equal(HoldOutcome.InsufficientFunds, create.Answer.Outcome);
        Assert.Equal("700/100/0/0 over 0 of 800", (await ledger.WalletAsync(_team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task After_a_miss_all_is_read_for_a_second_and_for_up_to_a_minute_where_the_next_comes_at_once()
    {
        var pauses = new List<double>();
        await RunAsync(Create(Guid.CreateVersion7(), 1));
        for (var miss = 0; miss < 8; miss++)
        {
            pauses.Add(await MissAsync());
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], pauses);

        // What has been remembered for as long as was read before is worth remembering.
        for (var second = 0; second < 60; second++)
        {
            Assert.False((await RunAsync(Create(Guid.CreateVersion7(), 1))).WasRead);
            ledger.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, await MissAsync());

        async Task<double> MissAsync()
        {
            await ledger.ExecuteAsync("UPDATE wallet SET name = name WHERE wallet_id = $1", WalletAccounts.IdOf(_team));
            Assert.True((await RunAsync(Create(Guid.CreateVersion7(), 1))).WasRead);
            var pause = 0.0;
            for (; _written.Find([Create(Guid.CreateVersion7(), 1)]) is null; pause += 0.5)
            {
                Assert.True(pause < 100);
                ledger.Time.Advance(TimeSpan.FromSeconds(0.5));
            }

            return pause;
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task A_report_that_its_posting_has_overtaken_is_answered_after_its_wallet_was_written_again()
    {
        var (hold, report) = (Guid.CreateVersion7(), 0);
        await RunAsync(Create(hold, 100, sent: true));
        await ledger.PostAsync(ledger.Item(_team, hold, 60));
        await RunAsync(Create(Guid.CreateVersion7(), 1));
        ledger.Time.Advance(TimeSpan.FromMinutes(2));
        foreach (var input in new HoldInput[] { new HoldInput.Report(60), new HoldInput.Suspend("lost"), new HoldInput.Release("") })
        {
            var step = new ResolveHoldCommand(hold, input, "test");
            Assert.True((await RunAsync(step)).WasRead);
            Assert.Equal(report++ == 0 ? HoldVerdict.Repeat : HoldVerdict.Ended, step.Answer.Verdict);
        }

        Assert.Equal("939/1/0/60 over 0 of 1000", (await ledger.WalletAsync(_team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_this_replica_posts_is_read_for_without_a_miss()
    {
        var hold = Guid.CreateVersion7();
        await RunAsync(Create(hold, 100));
        await ledger.PostAsync(ledger.Item(_team, Guid.CreateVersion7(), 60));
        Assert.True((await RunAsync(Create(Guid.CreateVersion7(), 100))).WasRead);

        // A miss would have been followed by a pause. The hold, which the posting did not touch, is known still.
        Assert.False((await RunAsync(Create(Guid.CreateVersion7(), 100), new ResolveHoldCommand(hold, new HoldInput.Report(40), "test"))).WasRead);

        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        var other = ledger.Get<LedgerDatabase>().InTransactionAsync(
            async _ =>
            {
                begun.SetResult();
                await end.Task;
                return (true, false);
            },
            LedgerFixture.Token);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), LedgerFixture.Token);
        Assert.True((await RunAsync(Create(Guid.CreateVersion7(), 1))).WasRead);
        end.SetResult();
        await other;
        Assert.True((await RunAsync(Create(Guid.CreateVersion7(), 1))).WasRead);
        Assert.False((await RunAsync(Create(Guid.CreateVersion7(), 1))).WasRead);
        await ledger.VerifyAsync();
    }

    private Task<HoldBatchResult> RunAsync(params HoldCommand[] commands) =>
        ledger.Get<HoldBatch>().RunAsync(_connection, _written, commands, new HashSet<string>(), LedgerFixture.Token);

    private CreateHoldCommand Create(Guid attempt, long bound, bool sent = false, string user = "") => new(
        new HoldDemand(attempt, _team, user, "", bound, "USD") { Sent = sent }, sent, TimeSpan.FromMinutes(10), ledger.Time.GetUtcNow(), new AttemptContext(), "test", ledger.Time.GetTimestamp(),
        LedgerFixture.Token)
    {
        WalletId = WalletAccounts.IdOf(_team), WalletsRevision = ledger.Get<KnownWallets>().Revision,
    };

    private async Task<Dictionary<Guid, HoldSnapshot>> ReadAsync(Guid[] attempts)
    {
        await using var command = ledger.DataSource.CreateCommand(HoldStore.Read);
        command.Parameters.Add(new() { Value = attempts });
        await using var reader = await command.ExecuteReaderAsync(LedgerFixture.Token);
        var holds = new Dictionary<Guid, HoldSnapshot>();
        while (await reader.ReadAsync(LedgerFixture.Token))
        {
            holds.Add(reader.GetGuid(0), HoldStore.ReadHold(reader));
        }

        return holds;
    }
}
