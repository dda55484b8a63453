using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

public sealed class FundsTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await ledger.UserAsync("ann");
        await ledger.UserAsync("ben");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact(Timeout = 300_000)]
    public async Task Money_goes_down_to_a_user_across_and_back_up_with_balances_before_and_after()
    {
        var team = await ledger.TeamWithAsync(100);
        var down = await AllocateAsync(team, 60, user: "ann");
        var across = await TransferAsync($"wal_{team}.user.ann", (await OpenBotAsync(team)).WalletId, 25);
        var up = await ReclaimAsync(team, 15, user: "ann");
        var top = await ReclaimAsync(team, 50);

        Assert.Equal("Allocation 60: 0>60", Line(down));
        Assert.Equal("Transfer 25: 60>35", Line(across));
        Assert.Equal("Reclaim 15: 35>20", Line(up));
        Assert.Equal("Reclaim 50: 55>5", Line(top));
        Assert.Equal(("test", "June", $"wal_{team}:available"), (down.Actor, down.Description, down.FromAccount));
        Assert.Equal(
            ["wal_T Team 5 of 50-45", "wal_T.app.bot_T Application 25 of 25-0", "wal_T.user.ann User 20 of 20-0"],
            (await WalletsAsync(team)).Order(StringComparer.Ordinal));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_transfer_between_users_of_two_teams_is_counted_in_both_teams()
    {
        var (one, two) = (await ledger.TeamWithAsync(40), await ledger.TeamWithAsync(0));
        await AllocateAsync(one, 30, user: "ann");
        await TransferAsync($"wal_{one}.user.ann", (await OpenAsync(two, user: "ben")).WalletId, 20);

        Assert.Equal(["wal_T Team 10 of 20-10", "wal_T.user.ann User 10 of 10-0"], await WalletsAsync(one));
        Assert.Equal(["wal_T Team 0 of 20-20", "wal_T.user.ben User 20 of 20-0"], await WalletsAsync(two));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_movement_is_taken_back_once_and_whole()
    {
        var team = await ledger.TeamWithAsync(100);
        var allocation = await AllocateAsync(team, 60, user: "ann");
        await ReclaimAsync(team, 1, user: "ann");

        Assert.Equal(Reasons.InsufficientFunds, await HoldTests.TryAsync(() => CorrectAsync(allocation.TransferId)));
        await AllocateAsync(team, 1, user: "ann");
        var correction = await CorrectAsync(allocation.TransferId);

        Assert.Equal(("Correction 60: 60>0", allocation.TransferId), (Line(correction), correction.Corrects));
        Assert.Equal(Reasons.TransferCorrected, await HoldTests.TryAsync(() => CorrectAsync(allocation.TransferId)));
        Assert.Equal(Reasons.TransferNotCorrectable, await HoldTests.TryAsync(() => CorrectAsync(correction.TransferId)));
        Assert.Equal(["wal_T Team 100 of 100-0", "wal_T.user.ann User 0 of 0-0"], await WalletsAsync(team));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_top_up_that_is_taken_back_leaves_the_organisation()
    {
        var before = await OrganisationAsync();
        var credit = await ledger.CreditAsync(70);
        var correction = await CorrectAsync(credit.TransferId);
        var after = await OrganisationAsync();

        Assert.Equal(("wal_organisation:available", "wal_organisation:funding"), (correction.FromAccount, correction.ToAccount));
        Assert.Equal((before.AvailableNanos, before.CreditedNanos), (after.AvailableNanos, after.CreditedNanos));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task One_of_many_corrections_at_once_takes_effect()
    {
        var team = await ledger.TeamWithAsync(0);
        await ledger.CreditAsync(100);
        var allocation = await ledger.AllocateAsync(team, 10);
        await ledger.AllocateAsync(team, 90);
        var reasons = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => HoldTests.TryAsync(() => CorrectAsync(allocation.TransferId))));

        Assert.Equal(1, reasons.Count(reason => reason is null));
        Assert.Equal(7, reasons.Count(reason => reason == Reasons.TransferCorrected));
        Assert.Equal(["wal_T Team 90 of 90-0"], await WalletsAsync(team));
    }

    [Theory]
    // Reclaims: team, user, amount, currency.
    [InlineData("reclaim T - 6 USD", Reasons.InsufficientFunds)]
    [InlineData("reclaim T - 0 USD", Reasons.AmountInvalid)]
    [InlineData("reclaim T - 5 EUR", Reasons.CurrencyMismatch)]
    [InlineData("reclaim T nobody 5 USD", Reasons.WalletNotFound)]
    [InlineData("reclaim nobody - 5 USD", Reasons.TeamNotFound)]
    [InlineData("reclaim organisation - 5 USD", Reasons.TeamNotFound)]
    [InlineData("reclaim T Ann 5 USD", Reasons.InvalidArgument)]
    // Allocations.
    [InlineData("allocate T ann 6 USD", Reasons.InsufficientFunds)]
    [InlineData("allocate nobody ann 5 USD", Reasons.TeamNotFound)]
    [InlineData("allocate organisation ann 5 USD", Reasons.TeamNotFound)]
    [InlineData("allocate T a.b 5 USD", Reasons.InvalidArgument)]
    // Transfers: from and to.
    [InlineData("transfer wal_T wal_nobody 5 USD", Reasons.WalletNotFound)]
    [InlineData("transfer wal_T wal_T 5 USD", Reasons.InvalidArgument)]
    [InlineData("transfer wal_T wal_organisation 5 USD", Reasons.InvalidArgument)]
    [InlineData("transfer wal_organisation wal_T 5 USD", Reasons.InvalidArgument)]
    [InlineData("transfer wal_T wal_team_support 6 USD", Reasons.InsufficientFunds)]
    [InlineData("transfer wal_T wal_team_support 5 EUR", Reasons.CurrencyMismatch)]
    [InlineData("correct 018f0000-0000-7000-8000-000000000000", Reasons.TransferNotFound)]
    [InlineData("correct x", Reasons.InvalidArgument)]
    // Wallets: team, user, application.
    [InlineData("create T - -", Reasons.InvalidArgument)]
    [InlineData("create T ann bot", Reasons.InvalidArgument)]
    [InlineData("create T ben -", Reasons.WalletExists)]
    [InlineData("create nobody ann -", Reasons.TeamNotFound)]
    [InlineData("create T zoe -", Reasons.UserNotFound)]
    [InlineData("create T - tool", Reasons.ApplicationNotFound)]
    [InlineData("allocate T zoe 5 USD", Reasons.UserNotFound)]
    public async Task A_bad_request_has_its_reason_and_changes_nothing(string request, string reason)
    {
        var team = await ledger.TeamWithAsync(5);
        await OpenAsync(team, user: "ben");
        var before = await WalletsAsync(team);
        var words = request.Split(' ').Select(word => word == "-" ? "" : word == "T" ? team : word.Replace("wal_T", $"wal_{team}", StringComparison.Ordinal)).ToArray();
        Assert.Equal(reason, await HoldTests.TryAsync<object>(async () => words[0] switch
        {
            "reclaim" => await ReclaimAsync(words[1], long.Parse(words[3]), words[2], words[4]),
            "allocate" => await AllocateAsync(words[1], long.Parse(words[3]), words[2]),
            "transfer" => await TransferAsync(words[1], words[2], long.Parse(words[3]), words[4]),
            "correct" => await CorrectAsync(words[1]),
            _ => await OpenAsync(words[1], words[2], words[3]),
        }));
        Assert.Equal(before, await WalletsAsync(team));
    }

    [Fact(Timeout = 300_000)]
    public async Task An_error_for_lack_of_funds_says_what_is_there()
    {
        var team = await ledger.TeamWithAsync(1_500_000_000);
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => ReclaimAsync(team, 2_000_000_000));
        Assert.StartsWith($"wal_{team} has 1.50 USD available; 2.00 is asked for.", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_is_charged_to_the_users_wallet_else_the_applications_else_the_teams()
    {
        var team = await ledger.TeamWithAsync(5);
        await OpenAsync(team, user: "ann");
        await OpenBotAsync(team);
        foreach (var (user, application, expected) in new[]
                 {
                     ("ann", "bot", "wal_T.user.ann wal_T wal_organisation"), ("ben", "bot", "wal_T.app.bot_T wal_T wal_organisation"),
                     ("ben", "", "wal_T wal_organisation"), ("", "", "wal_T wal_organisation"), ("", "tool", "wal_T wal_organisation"),
                 })
        {
            var balance = await ledger.Get<ReadWallets>().BalanceAsync(
                new GetBalanceRequest { TeamId = team, UserId = user, ApplicationId = application.Length > 0 ? $"{application}_{team}" : "" }, LedgerFixture.Token);
            Assert.Equal(expected, string.Join(' ', balance.Cascade.Select(wallet => wallet.WalletId)).Replace(team, "T", StringComparison.Ordinal));
            Assert.Equal(balance.Cascade[0], balance.Effective);
        }
    }

    [Fact(Timeout = 600_000)]
    public async Task Reclaims_transfers_and_holds_at_once_leave_every_wallet_balanced()
    {
        var (one, two) = (await ledger.TeamWithAsync(2_000), await ledger.TeamWithAsync(2_000));
        await AllocateAsync(one, 500, user: "ann");
        await AllocateAsync(two, 500, user: "ben");
        var (ann, ben) = ($"wal_{one}.user.ann", $"wal_{two}.user.ben");
        var work = Enumerable.Range(0, 240).Select(i => (Func<Task>)(async () =>
        {
            _ = (i % 8) switch
            {
                0 => await HoldTests.TryAsync(() => ReclaimAsync(one, 7, "ann")),
                1 => await HoldTests.TryAsync(() => AllocateAsync(two, 9, "ben")),
                2 => await HoldTests.TryAsync(() => TransferAsync(ann, ben, 11)),
                3 => await HoldTests.TryAsync(() => TransferAsync(ben, ann, 11)),
                4 => await HoldTests.TryAsync(() => TransferAsync($"wal_{two}", $"wal_{one}", 13)),
                5 => await HoldTests.TryAsync(() => ReclaimAsync(two, 5)),
                6 => await HoldTests.TryAsync(async () => await CorrectAsync((await ledger.AllocateAsync(one, 3)).TransferId)),
                _ => (await ledger.HoldAsync(i % 16 == 7 ? one : two, Guid.CreateVersion7(), 40)).ToString(),
            };
        }));
        await Parallel.ForEachAsync(work, new ParallelOptions { MaxDegreeOfParallelism = 24, CancellationToken = LedgerFixture.Token }, async (step, _) => await step());

        await ledger.VerifyAsync();
    }

    [Fact]
    public async Task An_id_with_a_NUL_is_refused_wherever_it_is_looked_up()
    {
        const string Id = "a\0";
        var moment = ledger.Time.GetUtcNow();
        foreach (var (place, look) in new (string, Func<Task>)[]
        {
            ("wallet", () => ledger.Get<ReadWallets>().GetAsync(Id, LedgerFixture.Token)),
            ("balance", () => ledger.Get<ReadWallets>().BalanceAsync(new GetBalanceRequest { TeamId = Id }, LedgerFixture.Token)),
            ("balance of a user", () => ledger.Get<ReadWallets>().BalanceAsync(new GetBalanceRequest { TeamId = "a", UserId = Id }, LedgerFixture.Token)),
            ("transfer from", () => TransferAsync(Id, "wal_organisation", 1)),
            ("transfer to", () => TransferAsync("wal_organisation", Id, 1)),
            ("transactions", () => ledger.Get<ListTransactions>().RunAsync(new ListTransactionsRequest { WalletId = Id }, LedgerFixture.Token)),
            ("statement", () => ledger.Get<GetStatement>().RunAsync(
                new GetStatementRequest { WalletId = Id, From = moment.ToTimestampUtc(), To = moment.AddDays(1).ToTimestampUtc() }, LedgerFixture.Token)),
            ("allocations", () => ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { WalletId = Id }, LedgerFixture.Token)),
            ("caps", () => ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { Scope = CapScope.User, ScopeId = Id }, LedgerFixture.Token)),
            ("policy", () => ledger.Get<ChangeWalletPolicy>().FreezeAsync(
                new FreezeWalletRequest { WalletId = Id, IdempotencyKey = Key() }, "test", LedgerFixture.Token)),
        })
        {
            var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(look);
            Assert.Equal((place, Grpc.Core.StatusCode.InvalidArgument), (place, refused.StatusCode));
        }
    }

    [Fact]
    public async Task A_moment_that_is_none_is_refused_wherever_one_is_given()
    {
        var team = await ledger.TeamWithAsync(0);
        var (wallet, none, moment) = ($"wal_{team}", new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = long.MaxValue }, ledger.Time.GetUtcNow().AddDays(1).ToTimestampUtc());
        foreach (var (field, give) in new (string, Func<Task>)[]
        {
            ("ends_at", () => ledger.Get<AllocateFunds>().RunAsync(
                new AllocateRequest { TeamId = team, AmountNanos = 1, Currency = "USD", EndsAt = none, AtEnd = PeriodEnd.Return, IdempotencyKey = Key() }, "test", LedgerFixture.Token)),
            ("starts_at", () => ledger.Get<PlanAllocation>().RunAsync(
                new PlanAllocationRequest { TeamId = team, AmountNanos = 1, Currency = "USD", StartsAt = none, IdempotencyKey = Key() }, "test", LedgerFixture.Token)),
            ("ends_at", () => ledger.Get<PlanAllocation>().RunAsync(
                new PlanAllocationRequest { TeamId = team, AmountNanos = 1, Currency = "USD", EndsAt = none, AtEnd = PeriodEnd.Return, IdempotencyKey = Key() }, "test", LedgerFixture.Token)),
            ("recorded_from", () => ledger.Get<ListTransactions>().RunAsync(new ListTransactionsRequest { WalletId = wallet, RecordedFrom = none }, LedgerFixture.Token)),
            ("recorded_before", () => ledger.Get<ListTransactions>().RunAsync(new ListTransactionsRequest { WalletId = wallet, RecordedBefore = none }, LedgerFixture.Token)),
            ("from", () => ledger.Get<GetStatement>().RunAsync(new GetStatementRequest { WalletId = wallet, From = none, To = moment }, LedgerFixture.Token)),
            ("to", () => ledger.Get<GetStatement>().RunAsync(new GetStatementRequest { WalletId = wallet, From = moment, To = none }, LedgerFixture.Token)),
            ("spent_until", () => ledger.Get<SetCap>().RunAsync(
                new SetCapRequest
                {
                    Scope = CapScope.Team, ScopeId = team, Period = CapPeriod.Month, AmountNanos = 5, Currency = "USD", SpentNanos = 1, IdempotencyKey = Key(),
                }, "test", LedgerFixture.Token)),
        })
        {
            var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(give);
            Assert.Equal(Grpc.Core.StatusCode.InvalidArgument, refused.StatusCode);
            Assert.StartsWith($"{field} ", refused.Status.Detail, StringComparison.Ordinal);
        }
    }

    internal static string Line(Transfer transfer) =>
        $"{transfer.Kind} {transfer.AmountNanos}: {transfer.AvailableBeforeNanos}>{transfer.AvailableAfterNanos}";

    private async Task<List<string>> WalletsAsync(string team) =>
        [.. (await ledger.Get<ReadWallets>().ListAsync(new ListWalletsRequest(), LedgerFixture.Token)).Wallets.Where(wallet => wallet.TeamId == team).Select(wallet =>
            $"{wallet.WalletId.Replace(team, "T", StringComparison.Ordinal)} {wallet.Scope} {wallet.AvailableNanos} of {wallet.CreditedNanos}-{wallet.MovedOutNanos}")];

    private async Task<WalletView> OrganisationAsync() => (await ledger.Get<ReadWallets>().ListAsync(new ListWalletsRequest(), LedgerFixture.Token)).Wallets[0];

    private async Task<WalletView> OpenBotAsync(string team)
    {
        await ledger.ApplicationAsync($"bot_{team}", team);
        return await OpenAsync(team, application: $"bot_{team}");
    }

    private Task<WalletView> OpenAsync(string team, string user = "", string application = "") => ledger.Get<CreateWallet>().RunAsync(
        new CreateWalletRequest { TeamId = team, UserId = user, ApplicationId = application, IdempotencyKey = Key() }, "test", LedgerFixture.Token);

    private Task<Transfer> AllocateAsync(string team, long amount, string user) => ledger.Get<AllocateFunds>().RunAsync(
        new AllocateRequest { TeamId = team, UserId = user, AmountNanos = amount, Currency = "USD", Description = "June", IdempotencyKey = Key() }, "test",
        LedgerFixture.Token);

    private Task<Transfer> ReclaimAsync(string team, long amount, string user = "", string currency = "USD") => ledger.Get<ReclaimFunds>().RunAsync(
        new ReclaimRequest { TeamId = team, UserId = user, AmountNanos = amount, Currency = currency, IdempotencyKey = Key() }, "test", LedgerFixture.Token);

    private Task<Transfer> TransferAsync(string from, string to, long amount, string currency = "USD") => ledger.Get<TransferFunds>().RunAsync(
        new TransferFundsRequest { FromWalletId = from, ToWalletId = to, AmountNanos = amount, Currency = currency, IdempotencyKey = Key() }, "test",
        LedgerFixture.Token);

    private Task<Transfer> CorrectAsync(string transfer) => ledger.Get<CorrectTransfer>().RunAsync(
        new CorrectRequest { TransferId = transfer, Description = "by mistake", IdempotencyKey = Key() }, "test", LedgerFixture.Token);

    private static string Key() => Guid.CreateVersion7().ToString();
}
