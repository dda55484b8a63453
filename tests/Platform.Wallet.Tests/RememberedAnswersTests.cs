using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests;

/// <summary>
/// The same random history twice: in one database two writers decide on what they wrote last (decision 0300), in the other all is read. Between their batches others write: usage is posted, money
/// moved, wallets frozen and rows written by hand. Every answer, every event and every row is the same.
/// </summary>
public sealed class RememberedAnswersTests(RememberedAnswersTests.Both both) : IClassFixture<RememberedAnswersTests.Both>
{
    private const int Teams = 3;

    public sealed class Both : IAsyncLifetime
    {
        internal LedgerFixture[] Ledgers { get; } = [new(), new()];

        public async ValueTask InitializeAsync()
        {
            foreach (var ledger in Ledgers)
            {
                await ledger.InitializeAsync();
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var ledger in Ledgers)
            {
                await ledger.DisposeAsync();
            }
        }
    }

    [Theory(Timeout = 600_000)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_batch_answers_what_a_reading_would_have(int seed)
    {
        var random = new Random(seed);
        var sides = new[] { await Side.StartAsync(both.Ledgers[0], seed, remembers: true), await Side.StartAsync(both.Ledgers[1], seed, remembers: false) };
        var (attempts, open) = (new List<(Guid Attempt, int Team)>(), new List<Guid>());
        for (var step = 0; step < 400; step++)
        {
            // Also so long that a pause after a miss is over.
            var passes = TimeSpan.FromMilliseconds(random.Next(3) == 0 ? 70_000 : random.Next(3));
            if (random.Next(5) == 0)
            {
                var change = Change(random, attempts);
                foreach (var side in sides)
                {
                    side.Ledger.Time.Advance(passes);
                    await change(side);
                }
            }
            else
            {
                var (writer, make) = (step / 25 % 2, Commands(random, attempts, open));
                var (answers, commands) = (new List<string>(), new List<HoldCommand>());
                foreach (var side in sides)
                {
                    side.Ledger.Time.Advance(passes);
                    commands = make(side);
                    answers.Add(await side.RunAsync(writer, [.. commands]));
                }

                Assert.True(answers[0] == answers[1], $"seed {seed}, step {step}:\n{answers[0]}\n{answers[1]}");
                open.RemoveAll(attempt => commands.Exists(command => command is ResolveHoldCommand { Input: not HoldInput.MarkSent } && command.AttemptId == attempt));
                open.AddRange(commands.OfType<CreateHoldCommand>().Where(create => create.Answer.Outcome == HoldOutcome.Held).Select(create => create.AttemptId));
            }

            var rows = new[] { await sides[0].RowsAsync(), await sides[1].RowsAsync() };
            Assert.True(rows[0] == rows[1], $"seed {seed}, step {step}:\n{rows[0]}\n{rows[1]}");
        }

        Assert.InRange(sides[0].Remembered, 10, 400);
        Assert.Equal(0, sides[1].Remembered);
        foreach (var side in sides)
        {
            await side.Ledger.VerifyAsync();
            await side.DisposeAsync();
        }
    }

    /// <summary>Mostly what calls ask; also repeats, steps of holds that have ended, and what is refused.</summary>
    private static Func<Side, List<HoldCommand>> Commands(Random random, List<(Guid Attempt, int Team)> attempts, List<Guid> open)
    {
        var makers = new List<Func<Side, HoldCommand>>();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            if (attempts.Count == 0 || random.Next(2) == 0)
            {
                var repeated = attempts.Count > 0 && random.Next(20) == 0;
                var (attempt, team) = repeated ? attempts[random.Next(attempts.Count)] : (NewId(random), random.Next(Teams));
                var (bound, sent, currency, lower) = ((long)random.Next(1, random.Next(20) == 0 ? 3_000 : 60), random.Next(2) == 0, random.Next(40) == 0 ? "EUR" : "USD", random.Next(8) == 0);
                var expiry = TimeSpan.FromTicks(random.Next(10, 2_000_000_000));
                makers.Add(side => side.Create(attempt, team, bound, sent, currency, lower, expiry));
                attempts.Add((attempt, team));
            }
            else
            {
                var attempt = random.Next(30) == 0 ? NewId(random) : open.Count == 0 || random.Next(8) == 0 ? attempts[random.Next(attempts.Count)].Attempt : open[random.Next(open.Count)];
                HoldInput input = random.Next(20) switch
                {
                    0 => new HoldInput.Release("not sent"),
                    1 => new HoldInput.Suspend(random.Next(2) == 0 ? "" : "lost"),
                    2 => new HoldInput.GiveBack("settled"),
                    3 or 4 => new HoldInput.Expire(),
                    5 or 6 or 7 => new HoldInput.MarkSent(TimeSpan.FromSeconds(random.Next(1, 900))),
                    _ => new HoldInput.Report(random.Next(0, 70)),
                };
                makers.Add(_ => new ResolveHoldCommand(attempt, input, "test"));
            }
        }

        return side => makers.ConvertAll(make => make(side));
    }

    private static Func<Side, Task> Change(Random random, List<(Guid Attempt, int Team)> attempts)
    {
        var team = random.Next(Teams);
        var (amount, record, batch, yes) = (random.Next(1, 400), NewId(random), NewId(random), random.Next(3) == 0);
        var attempt = attempts.Count == 0 ? NewId(random) : attempts[Math.Max(0, attempts.Count - random.Next(1, 20))].Attempt;
        switch (random.Next(9))
        {
            case 0:
                return side => side.Ledger.FundAsync(side.Team(team), amount);
            case 1:
                return side => side.Ledger.ExecuteAsync("UPDATE wallet SET frozen = $2 WHERE wallet_id = $1", side.Wallet(team), yes);
            case 2:
                return side => side.Ledger.ExecuteAsync("UPDATE wallet SET observe = $2, empty_wait_seconds = $3 WHERE wallet_id = $1", side.Wallet(team), yes, (short)(amount % 2 * 10));
            case 3:
                return side => side.Ledger.ExecuteAsync("UPDATE wallet SET overflow_to_parent = $2 WHERE wallet_id = $1", side.Wallet(team), yes);
            case 4:
                return side => side.Ledger.ExecuteAsync("UPDATE wallet SET awaited_until = $2 WHERE wallet_id = $1", side.Wallet(team), side.Ledger.Time.GetUtcNow().AddMinutes(1));
            case 5:
                return side => side.Ledger.ExecuteAsync("INSERT INTO denied_attempt (attempt_id, outcome, recorded_at) VALUES ($1, 7, now()) ON CONFLICT DO NOTHING", attempt);
            case 6:
                return side => side.Ledger.ExecuteAsync("VACUUM (FREEZE) wallet");
            default:
                return side => side.Ledger.Get<PostUsage>().RunAsync(new UsageMetered(batch, [side.Ledger.Item(side.Team(team), attempt, amount / 6, record: record)]), LedgerFixture.Token);
        }
    }

    private static Guid NewId(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private sealed class Side : IAsyncDisposable
    {
        private readonly List<NpgsqlConnection> _connections = [];
        private readonly List<LastWritten> _written = [];
        private readonly bool _remembers;
        private readonly int _seed;

        private Side(LedgerFixture ledger, int seed, bool remembers) => (Ledger, _seed, _remembers) = (ledger, seed, remembers);

        public LedgerFixture Ledger { get; }

        public int Remembered { get; private set; }

        public static async Task<Side> StartAsync(LedgerFixture ledger, int seed, bool remembers)
        {
            var side = new Side(ledger, seed, remembers);
            for (var team = 0; team < Teams; team++)
            {
                await ledger.Get<Platform.Wallet.Identity.CreateTeam>().RunAsync(
                    new Contracts.Identity.V1.CreateTeamRequest { TeamId = side.Team(team), Name = "Team", IdempotencyKey = side.Team(team) }, LedgerFixture.Tester, LedgerFixture.Token);
                await ledger.FundAsync(side.Team(team), 2_000);
            }

            for (var writer = 0; writer < 2; writer++)
            {
                side._connections.Add(await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token));

                // The second is another replica's, which does not hear of what this one does beside its holds.
                var database = writer == 0 ? ledger.Get<LedgerDatabase>() : new LedgerDatabase(ledger.DataSource, ledger.Time);
                side._written.Add(new LastWritten(database, ledger.Time));
            }

            return side;
        }

        public string Team(int team) => $"seed-{_seed}-{team}";

        public string Wallet(int team) => WalletAccounts.IdOf(Team(team));

        public CreateHoldCommand Create(Guid attempt, int team, long bound, bool sent, string currency, bool lower, TimeSpan expiry) => new(
            new HoldDemand(attempt, Team(team), "", "", bound, currency) { Sent = sent }, sent, expiry, Ledger.Time.GetUtcNow(), new AttemptContext(), "test", Ledger.Time.GetTimestamp(),
            LedgerFixture.Token, lower)
        {
            WalletId = Wallet(team), WalletsRevision = Ledger.Get<KnownWallets>().Revision,
        };

        public async Task<string> RunAsync(int writer, List<HoldCommand> commands)
        {
            var written = _remembers ? _written[writer] : new LastWritten(Ledger.Get<LedgerDatabase>(), Ledger.Time);
            var answers = new List<string>();
            while (commands.Count > 0)
            {
                var result = await Ledger.Get<HoldBatch>().RunAsync(_connections[writer], written, commands, new HashSet<string>(), LedgerFixture.Token);
                Remembered += result.WasRead ? 0 : 1;
                answers.AddRange(result.Answered.Select(Text));
                answers.AddRange(result.Parked.Select(parked => $"{parked.Command.AttemptId} waits {parked.Limit}"));
                answers.Add("raised " + string.Join(',', result.Raised));
                commands = result.Again;
            }

            return string.Join('\n', answers);
        }

        public async Task<string> RowsAsync() => await Ledger.ScalarAsync<string>(
            """
            SELECT concat_ws(E'\n',
                (SELECT string_agg(concat_ws('|', wallet_id, available, held, suspense, spent, overage, credited, moved_out, low_announced, low_base, overage_told, last_recorded_at, awaited_until), E'\n' ORDER BY wallet_id) FROM wallet),
                (SELECT string_agg(concat_ws('|', attempt_id, wallet_id, bound, held, state, reported, reason, expires_at, sent_at, occurred_at, marks, recorded_at, ended_at), E'\n' ORDER BY attempt_id) FROM hold),
                (SELECT string_agg(concat_ws('|', attempt_id, outcome), E'\n' ORDER BY attempt_id) FROM denied_attempt),
                (SELECT string_agg(concat_ws('|', kind, amount, from_wallet, from_before, to_wallet, to_before, available_before, available_after, description, attempt_id, occurred_at, recorded_at, marks), E'\n' ORDER BY transfer_seq) FROM transfer),
                (SELECT count(*) FROM outbox))
            """);

        public async ValueTask DisposeAsync()
        {
            foreach (var connection in _connections)
            {
                await connection.DisposeAsync();
            }
        }

        private static string Text(HoldCommand command) => command switch
        {
            CreateHoldCommand create => $"{create.AttemptId} {create.Answer}",
            ResolveHoldCommand resolve => $"{resolve.AttemptId} {resolve.Answer.Verdict} {resolve.Answer.Hold?.State} {resolve.Answer.Hold?.Held} {resolve.Answer.Hold?.Reported} {resolve.Answer.Hold?.Reason}",
            _ => "",
        };
    }
}
