using CsCheck;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>Statements, filters and burn rates of a random history against sums over all of its entries.</summary>
public sealed class StatementTests(LedgerFixture ledger, ITestOutputHelper output) : IClassFixture<LedgerFixture>
{
    // What the entries of a wallet add up to before a moment: available, set aside, spent and overage.
    private const string Sums = """
        SELECT concat_ws(' ', coalesce(sum(e.amount) FILTER (WHERE account = 2), 0), coalesce(sum(e.amount) FILTER (WHERE account IN (3, 4)), 0),
            coalesce(sum(e.amount) FILTER (WHERE account = 5), 0), -coalesce(sum(e.amount) FILTER (WHERE account = 6), 0))
        FROM ledger_entry e JOIN transfer USING (transfer_seq) WHERE e.wallet_id = $1 AND recorded_at < $2
        """;

    [Fact]
    public void A_statement_is_what_all_entries_add_up_to() =>
        Gen.Select(Gen.Select(Gen.Int[0, 11], Gen.Long[1, 40]).Array[5, 40], Gen.Int[0, 60], Gen.Int[1, 60]).Sample(
            (history, from, length) => RunAsync(history, from, length).GetAwaiter().GetResult(), writeLine: output.WriteLine, iter: 40, threads: 1,
            print: run => $"{run.Item2}+{run.Item3}: {string.Join(", ", run.Item1)}");

    [Theory]
    [InlineData("wal_nobody", "2026-06-01", "2026-07-01", Reasons.WalletNotFound)]
    [InlineData("wal_team_support", "2026-07-01", "2026-07-01", Reasons.InvalidArgument)]
    [InlineData("wal_team_support", null, "2026-07-01", Reasons.InvalidArgument)]
    public async Task A_bad_span_has_its_reason(string wallet, string? from, string to, string reason) => Assert.Equal(
        reason,
        await HoldTests.TryAsync(() => StatementAsync(wallet, from is null ? null : At(from), At(to))));

    [Fact(Timeout = 300_000)]
    public async Task A_span_is_provisional_until_a_minute_after_its_end()
    {
        var now = ledger.Time.GetUtcNow();
        Assert.True((await StatementAsync("wal_team_support", now.AddDays(-1), now.AddSeconds(-59))).Provisional);
        Assert.False((await StatementAsync("wal_team_support", now.AddDays(-1), now.AddSeconds(-60))).Provisional);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_span_may_be_all_of_time_and_what_is_too_much_to_list_is_counted()
    {
        var team = await ledger.TeamWithAsync(10_000);
        for (var i = 0; i < 3; i++)
        {
            await ledger.CreditAsync(10);
            await ledger.AllocateAsync(team, 10);
        }

        var end = new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);
        var statement = await StatementAsync($"wal_{team}", DateTimeOffset.MinValue, end);
        Assert.Equal((0, 10_030, 10_030, 4, 0), (statement.Opening.TotalNanos, statement.AllocatedInNanos, statement.Closing.TotalNanos, statement.Items.Count, statement.ItemsLeftOut));

        var (_, _, items, leftOut) = (await ledger.Get<StatementStore>().ReadAsync(
            $"wal_{team}", DateTimeOffset.MinValue, end, maximumItems: 3, LedgerFixture.Token))!.Value;
        Assert.Equal((10_000, 10, 10, 1), (items[0].Amount, items[1].Amount, items[2].Amount, leftOut));
    }

    private async Task RunAsync((int Kind, long Amount)[] history, int from, int length)
    {
        var begin = ledger.Time.GetUtcNow();
        var (team, other) = (await ledger.TeamWithAsync(60), await ledger.TeamWithAsync(60));
        var wallet = $"wal_{team}";
        var (holds, made) = (new List<Guid>(), new List<string>());
        foreach (var (kind, amount) in history)
        {
            ledger.Time.Advance(TimeSpan.FromHours(amount % 5));
            await HoldTests.TryAsync<object?>(async () => await ApplyAsync(kind, amount, team, other, holds, made));
        }

        var (first, last) = (begin.AddHours(from), begin.AddHours(from + length));
        await CompareAsync(wallet, first, last);
        await CompareTransactionsAsync(wallet, first, last, holds);
        await CompareBurnRateAsync(wallet);
    }

    private async Task<object?> ApplyAsync(int kind, long amount, string team, string other, List<Guid> holds, List<string> made)
    {
        switch (kind)
        {
            case 0:
                await ledger.CreditAsync(amount);
                made.Add((await ledger.AllocateAsync(team, amount)).TransferId);
                break;
            case 1:
                made.Add((await ledger.Get<ReclaimFunds>().RunAsync(
                    new ReclaimRequest { TeamId = team, AmountNanos = amount, Currency = "USD", IdempotencyKey = Key() }, "test", LedgerFixture.Token)).TransferId);
                break;
            case 2 or 3:
                made.Add((await ledger.Get<TransferFunds>().RunAsync(
                    new TransferFundsRequest
                    {
                        FromWalletId = $"wal_{(kind == 2 ? team : other)}", ToWalletId = $"wal_{(kind == 2 ? other : team)}", AmountNanos = amount,
                        Currency = "USD", IdempotencyKey = Key(),
                    }, "test", LedgerFixture.Token)).TransferId);
                break;
            case 4 when made.Count > 0:
                await ledger.Get<CorrectTransfer>().RunAsync(
                    new CorrectRequest { TransferId = made[(int)amount % made.Count], IdempotencyKey = Key() }, "test", LedgerFixture.Token);
                break;
            case 5 or 6:
                holds.Add(Guid.CreateVersion7());
                await ledger.HoldAsync(team, holds[^1], amount, sent: true);
                break;
            case 7 when holds.Count > 0:
                await ledger.ResolveAsync(holds[(int)amount % holds.Count], new HoldInput.Suspend("random"));
                break;
            case 8 when holds.Count > 0:
                await ledger.PostAsync(ledger.Item(team, holds[(int)amount % holds.Count], amount));
                break;
            case 9 or 10:
                await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), amount, FundingClass.External));
                break;
            case 11 when (await ledger.WalletAsync(team)).SpentNanos >= amount:
                await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), -amount, FundingClass.External));
                break;
        }

        return null;
    }

    private async Task CompareAsync(string wallet, DateTimeOffset from, DateTimeOffset to)
    {
        var statement = await StatementAsync(wallet, from, to);
        StatementSums.AssertAddsUp(statement);
        var spent = new List<long>();
        foreach (var (balance, moment) in new[] { (statement.Opening, from), (statement.Closing, to) })
        {
            var sums = (await ledger.ScalarAsync<string>(Sums, wallet, moment)).Split(' ').Select(long.Parse).ToArray();
            Assert.Equal((sums[0], sums[1], sums[3]), (balance.AvailableNanos, balance.SetAsideNanos, balance.OverageNanos));
            spent.Add(sums[2]);
        }

        Assert.Equal(spent[1] - spent[0], statement.SpentNanos - statement.RefundedNanos);
        var listed = (await ListAsync(new ListTransactionsRequest { WalletId = wallet })).Where(transfer => IsWithin(transfer, from, to)).Reverse().ToList();
        Assert.Equal(listed.Where(transfer => transfer.Kind.IsOfPeople()), statement.Items);
        long Sum(TransferKind kind, bool outOf) => listed.Where(t => t.Kind == kind && t.FromAccount.StartsWith(wallet + ":", StringComparison.Ordinal) == outOf).Sum(t => t.AmountNanos);
        Assert.Equal(
            (Sum(TransferKind.Allocation, false), Sum(TransferKind.Reclaim, true), Sum(TransferKind.Transfer, false), Sum(TransferKind.Transfer, true),
                Sum(TransferKind.Correction, false), Sum(TransferKind.Correction, true)),
            (statement.AllocatedInNanos, statement.ReclaimedOutNanos, statement.TransferredInNanos, statement.TransferredOutNanos, statement.CorrectedInNanos,
                statement.CorrectedOutNanos));
    }

    private async Task CompareTransactionsAsync(string wallet, DateTimeOffset from, DateTimeOffset to, List<Guid> holds)
    {
        var all = await ListAsync(new ListTransactionsRequest { WalletId = wallet });
        TransferKind[] kinds = [TransferKind.Settlement, TransferKind.Allocation, TransferKind.Transfer];
        Assert.Equal(all.Where(transfer => kinds.Contains(transfer.Kind)), await ListAsync(new ListTransactionsRequest { WalletId = wallet, Kinds = { kinds } }));
        Assert.Equal(
            all.Where(transfer => IsWithin(transfer, from, to)),
            await ListAsync(new ListTransactionsRequest { WalletId = wallet, RecordedFrom = from.ToTimestampUtc(), RecordedBefore = to.ToTimestampUtc() }));
        Assert.Equal(
            all.Where(transfer => IsWithin(transfer, DateTimeOffset.MinValue, to) && kinds.Contains(transfer.Kind)),
            await ListAsync(new ListTransactionsRequest { WalletId = wallet, RecordedBefore = to.ToTimestampUtc(), Kinds = { kinds } }));
        foreach (var attempt in holds.Take(3).Select(attempt => attempt.ToString()))
        {
            Assert.Equal(
                all.Where(transfer => transfer.AttemptId == attempt && IsWithin(transfer, from, DateTimeOffset.MaxValue)),
                await ListAsync(new ListTransactionsRequest { WalletId = wallet, AttemptId = attempt, RecordedFrom = from.ToTimestampUtc() }));
        }
    }

    private async Task CompareBurnRateAsync(string wallet)
    {
        var now = ledger.Time.GetUtcNow();
        var view = await ledger.Get<ReadWallets>().GetAsync(wallet, LedgerFixture.Token);
        async Task<long> SpentSinceAsync(int days) =>
            view.Wallet.SpentNanos - long.Parse((await ledger.ScalarAsync<string>(Sums, wallet, now.AddDays(-days))).Split(' ')[2]);
        Assert.Equal(
            (await SpentSinceAsync(1), await SpentSinceAsync(7), await SpentSinceAsync(30)),
            (view.BurnRate.LastDayNanos, view.BurnRate.Last7DaysNanos, view.BurnRate.Last30DaysNanos));
    }

    /// <summary>All pages, of a size at which there are several.</summary>
    private async Task<List<Transfer>> ListAsync(ListTransactionsRequest request)
    {
        var transfers = new List<Transfer>();
        request.PageSize = 7;
        do
        {
            var page = await ledger.Get<ListTransactions>().RunAsync(request, LedgerFixture.Token);
            transfers.AddRange(page.Transactions);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return transfers;
    }

    private Task<Statement> StatementAsync(string wallet, DateTimeOffset? from, DateTimeOffset to) => ledger.Get<GetStatement>().RunAsync(
        new GetStatementRequest { WalletId = wallet, From = from.ToTimestampUtc(), To = to.ToTimestampUtc() }, LedgerFixture.Token);

    private static bool IsWithin(Transfer transfer, DateTimeOffset from, DateTimeOffset to) =>
        transfer.RecordedAt.ToDateTimeOffset() >= from && transfer.RecordedAt.ToDateTimeOffset() < to;

    private static DateTimeOffset At(string day) => new(DateOnly.Parse(day), TimeOnly.MinValue, TimeSpan.Zero);

    private static string Key() => Guid.CreateVersion7().ToString();
}
