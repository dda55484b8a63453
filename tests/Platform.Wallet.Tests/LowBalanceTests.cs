using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Alerts;
using Platform.Wallet.Ledger;
using WalletPolicy = Platform.Wallet.Ledger.WalletPolicy;

namespace Platform.Wallet.Tests;

public sealed class LowBalanceTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Each line: levels | announced before | balance of what was left when money last came in, "+" when people put money in with this movement, "refused" when a call was refused →
    /// announced afterwards, and what is published.
    /// </summary>
    [Theory]

    // A crossing is announced once.
    [InlineData("20", 101, "20/100", "101")]
    [InlineData("20", 101, "19/100", "20 low:20")]
    [InlineData("20", 20, "18/100", "20")]
    [InlineData("50,20,5", 101, "19/100", "20 low:50 low:20")]
    [InlineData("50,20,5", 50, "4/100", "5 low:20 low:5")]
    [InlineData("100", 101, "99/100", "100 low:100")]
    [InlineData("", 101, "1/100", "101")]
    [InlineData("20", 101, "1844674407370955161/9223372036854775807", "20 low:20")]

    // What returns arms a level again from one and a quarter of it.
    [InlineData("20", 20, "24/100", "20")]
    [InlineData("20", 20, "25/100", "101")]
    [InlineData("50,20", 20, "24/100", "20")]
    [InlineData("50,20", 20, "25/100", "50")]
    [InlineData("50,20", 20, "62/100", "50")]
    [InlineData("50,20", 20, "63/100", "101")]
    [InlineData("100", 100, "100/100", "100")]

    // Money that people put in arms every level that the balance is not below any more.
    [InlineData("20", 20, "20/100 +", "101")]
    [InlineData("20", 20, "19/100 +", "20")]
    [InlineData("50,20", 20, "30/100 +", "50")]
    [InlineData("20", 0, "5/100 +", "20")]
    [InlineData("20", 101, "5/100 +", "20 low:20")]

    // Exhausted: nothing left, or refused while low.
    [InlineData("20", 101, "0/100", "0 low:20 exhausted")]
    [InlineData("20", 20, "0/100", "0 exhausted")]
    [InlineData("20", 0, "0/100", "0")]
    [InlineData("", 101, "0/100", "0 exhausted")]
    [InlineData("20", 20, "3/100 refused", "0 exhausted")]
    [InlineData("20", 0, "3/100 refused", "0")]
    [InlineData("20", 101, "80/100 refused", "101")]
    [InlineData("", 101, "19/100 refused", "0 exhausted")]
    [InlineData("", 101, "20/100 refused", "101")]
    [InlineData("50,10", 50, "30/100 refused", "0 exhausted")]
    [InlineData("20", 0, "24/100", "0")]
    [InlineData("20", 0, "25/100", "101")]
    [InlineData("", 0, "24/100", "0")]
    [InlineData("", 0, "25/100", "101")]

    // A wallet whose money was all moved on is not exhausted: nothing of it was spent.
    [InlineData("20", 101, "0/0", "101")]
    [InlineData("20", 101, "0/0 refused", "101")]
    public void A_movement_announces_each_level_once_a_crossing(string levels, short announced, string movement, string expected)
    {
        var words = movement.Split(' ');
        var figures = words[0].Split('/');
        var wallet = Wallet(levels, announced, long.Parse(figures[0]), long.Parse(figures[1]));

        var decision = LowBalance.Decide(wallet, words.Contains("+"), words.Contains("refused"), Noon);

        Assert.Equal(
            expected, $"{decision.Announced}{string.Concat(decision.Crossed.Select(level => $" low:{level}"))}{(decision.Exhausted ? " exhausted" : "")}");
    }

    [Theory]
    [InlineData("20", 0, 100, WalletStatus.Depleted)]
    [InlineData("20", 19, 100, WalletStatus.Low)]
    [InlineData("20", 20, 100, WalletStatus.Healthy)]
    [InlineData("50,20", 49, 100, WalletStatus.Low)]
    [InlineData("", 1, 100, WalletStatus.Healthy)]
    [InlineData("20", 0, 0, WalletStatus.Depleted)]
    [InlineData("20", long.MaxValue, long.MaxValue, WalletStatus.Healthy)]
    public void A_wallet_has_a_status_by_its_first_level(string levels, long balance, long putIn, WalletStatus expected) =>
        Assert.Equal(expected, ReadWallets.StatusOf(Wallet(levels, 101, balance, putIn)));

    [Fact]
    public void What_leases_have_not_drawn_can_be_taken()
    {
        var leased = Wallet("20", 101, 10, 100) with { Held = 10, LeasedUndrawn = 10 };
        Assert.Equal(WalletStatus.Healthy, ReadWallets.StatusOf(leased));
        Assert.False(LowBalance.Decide(leased, funded: false, refused: true, Noon).Exhausted);
        Assert.True(LowBalance.Decide(leased with { LeasedUndrawn = 9 }, funded: false, refused: true, Noon).Exhausted);
        Assert.Equal(WalletStatus.Low, ReadWallets.StatusOf(leased with { Held = 9 }));
    }

    [Fact]
    public void A_hold_of_all_that_is_left_is_no_low_wallet_and_what_is_spent_of_it_is()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var unit = new LedgerUnit([Wallet("20", 101, 100, 100)], now);
        unit.Move("wal_a", new Move(TransferKind.Reserve, Account.Available, Account.Held, 100), new TransferDetails("gateway", now));
        Assert.Empty(unit.Close());
        Assert.Equal(WalletStatus.Healthy, ReadWallets.StatusOf(unit["wal_a"]));

        var posting = new LedgerUnit([unit["wal_a"]], now);
        posting.Move("wal_a", new Move(TransferKind.Settlement, Account.Held, Account.Spent, 81), new TransferDetails("metering", now));
        var low = Assert.IsType<WalletLow>(Assert.Single(posting.Close()).Message);
        Assert.Equal((20, 0L, 19L, 100L), (low.LevelPercent, low.AvailableNanos, low.SetAsideNanos, low.PutInNanos));
        Assert.Equal(WalletStatus.Low, ReadWallets.StatusOf(posting["wal_a"]));

        var returning = new LedgerUnit([posting["wal_a"]], now);
        returning.Move("wal_a", new Move(TransferKind.Release, Account.Held, Account.Available, 19), new TransferDetails("gateway", now));
        Assert.Empty(returning.Close());
    }

    [Fact]
    public void A_refusal_while_all_is_set_aside_exhausts_once_until_it_has_returned()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var held = Wallet("20", 101, 0, 100) with { Held = 100, Spent = 0 };

        var first = Refuse(held);
        var exhausted = Assert.IsType<WalletExhausted>(Assert.Single(first.Events).Message);
        Assert.Equal((0L, 100L), (exhausted.AvailableNanos, exhausted.SetAsideNanos));
        var second = Refuse(first.Wallet);
        Assert.Empty(second.Events);
        var returned = new LedgerUnit([second.Wallet], now);
        returned.Move("wal_a", new Move(TransferKind.Release, Account.Held, Account.Available, 25), new TransferDetails("gateway", now));
        Assert.Empty(returned.Close());
        Assert.Equal(101, returned["wal_a"].LowAnnounced);

        (IReadOnlyList<Platform.Postgres.OwedEvent> Events, WalletAccounts Wallet) Refuse(WalletAccounts wallet)
        {
            var unit = new LedgerUnit([wallet], now);
            unit.Refuse("wal_a");
            return (unit.Close(), unit["wal_a"]);
        }
    }

    [Fact]
    public void A_wallet_that_swings_between_all_set_aside_and_all_returned_is_told_exhausted_once_an_hour()
    {
        var wallet = Wallet("20", 101, 100, 100);
        var told = Enumerable.Range(0, 121).SelectMany(minute => Swing(Noon.AddMinutes(minute)).Select(message => (minute, message))).ToList();
        Assert.Equal([0, 60, 120], told.Select(one => one.minute));
        Assert.All(told, one => Assert.IsType<WalletExhausted>(one.message));

        // Levels are told in that hour as ever, and so is the end of it all.
        wallet = wallet with { Available = 25, Spent = 75 };
        Assert.Empty(Swing(Noon.AddMinutes(121)));
        wallet = wallet with { Available = 24, Spent = 76 };
        Assert.Empty(Swing(Noon.AddMinutes(122)));
        wallet = wallet with { Available = 19, Spent = 81 };
        Assert.IsType<WalletLow>(Assert.Single(Swing(Noon.AddMinutes(123))));
        wallet = wallet with { Available = 0, Spent = 100 };
        Assert.IsType<WalletExhausted>(Assert.Single(Swing(Noon.AddMinutes(124))));

        // Money that comes in begins anew.
        Assert.Empty(Do(Noon.AddMinutes(125), unit => unit.Credit("wal_a", 100, new TransferDetails("key_1", Noon))));
        Assert.IsType<WalletExhausted>(Assert.Single(Swing(Noon.AddMinutes(126))));
        Assert.Empty(Swing(Noon.AddMinutes(127)));

        List<object> Swing(DateTimeOffset now)
        {
            var all = wallet.Available;
            List<object> told = [.. Do(now, unit => unit.Move("wal_a", new Move(TransferKind.Reserve, Account.Available, Account.Held, all), new TransferDetails("gateway", now)))];
            told.AddRange(Do(now, unit => unit.Refuse("wal_a")));
            told.AddRange(Do(now, unit => unit.Move("wal_a", new Move(TransferKind.Release, Account.Held, Account.Available, all), new TransferDetails("gateway", now))));
            return told;
        }

        List<object> Do(DateTimeOffset now, Action<LedgerUnit> change)
        {
            var unit = new LedgerUnit([wallet], now);
            change(unit);
            List<object> told = [.. unit.Close().Select(owed => owed.Message).Where(message => message is WalletLow or WalletExhausted)];
            wallet = unit["wal_a"];
            return told;
        }
    }

    [Fact]
    public void What_leases_have_drawn_for_calls_that_have_ended_is_not_left()
    {
        var leased = Wallet("20", 101, 10, 100) with { Held = 90, LeasedDrawn = 80, Spent = 0 };
        Assert.Equal(WalletStatus.Healthy, ReadWallets.StatusOf(leased));
        Assert.Equal(WalletStatus.Low, ReadWallets.StatusOf(leased with { LeasedDrawn = 81 }));
        Assert.Equal(10, (leased with { LeasedDrawn = 500 }).Left);
    }

    [Fact]
    public void Money_that_waits_in_suspense_is_not_left() =>
        Assert.Equal(WalletStatus.Depleted, ReadWallets.StatusOf(Wallet("20", 101, 0, 100) with { Spent = 0, Suspense = 100 }));

    [Fact]
    public void Money_moved_on_to_wallets_below_is_no_part_of_what_levels_are_percent_of()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var unit = new LedgerUnit([Wallet("20", 101, 100, 100) with { WalletId = "wal_organisation", TeamId = "" }, Wallet("20", 101, 0, 0)], now);
        unit.Allocate("wal_organisation", "wal_a", 90, new TransferDetails("key_1", now));
        Assert.DoesNotContain(unit.Close(), owed => owed.Message is WalletLow);
        Assert.Equal((10, WalletStatus.Healthy), (unit["wal_organisation"].LowBase, ReadWallets.StatusOf(unit["wal_organisation"])));
        Assert.Equal((90, WalletStatus.Healthy), (unit["wal_a"].LowBase, ReadWallets.StatusOf(unit["wal_a"])));
    }

    [Fact]
    public void A_wallet_that_is_refilled_each_month_is_warned_each_month_at_the_same_level()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var (organisation, team) = (Wallet("20", 101, 100_000, 100_000) with { WalletId = "wal_organisation", TeamId = "" }, Wallet("20", 101, 0, 0));
        for (var month = 1; month <= 8; month++)
        {
            Assert.Empty(Do(unit => unit.Allocate("wal_organisation", "wal_a", 1_000, new TransferDetails("wallet", now))));
            Assert.Equal(WalletStatus.Healthy, ReadWallets.StatusOf(team));
            Assert.Empty(Do(unit => Spend(unit, 800)));
            var low = Assert.IsType<WalletLow>(Assert.Single(Do(unit => Spend(unit, 50))));
            Assert.Equal((20, 150L, 1_000L), (low.LevelPercent, low.AvailableNanos, low.PutInNanos));
            Assert.Empty(Do(unit => Spend(unit, 50)));
            Assert.Empty(Do(unit => unit.MoveBetween(TransferKind.Expiry, "wal_a", "wal_organisation", 50, new TransferDetails("wallet", now))));
            Assert.Equal(WalletStatus.Low, ReadWallets.StatusOf(team));
            Assert.IsType<WalletExhausted>(Assert.Single(Do(unit => unit.MoveBetween(TransferKind.Expiry, "wal_a", "wal_organisation", 50, new TransferDetails("wallet", now)))));
        }

        void Spend(LedgerUnit unit, long cost)
        {
            unit.Move("wal_a", new Move(TransferKind.Reserve, Account.Available, Account.Held, cost), new TransferDetails("gateway", now));
            unit.Move("wal_a", new Move(TransferKind.Settlement, Account.Held, Account.Spent, cost), new TransferDetails("metering", now));
        }

        List<object> Do(Action<LedgerUnit> change)
        {
            var unit = new LedgerUnit([organisation, team], now);
            change(unit);
            var told = unit.Close().Select(owed => owed.Message).Where(message => message is WalletLow or WalletExhausted).ToList();
            (organisation, team) = (unit["wal_organisation"], unit["wal_a"]);
            return told;
        }
    }

    [Fact]
    public void What_money_that_came_in_repaid_counts_as_spent_of_it()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var unit = new LedgerUnit([Wallet("20", 101, 0, 0) with { Overage = 90, Spent = 90 }], now);
        unit.Credit("wal_a", 100, new TransferDetails("key_1", now));
        var low = Assert.IsType<WalletLow>(Assert.Single(unit.Close().Select(owed => owed.Message), message => message is WalletLow));
        Assert.Equal((10L, 100L), (low.AvailableNanos, low.PutInNanos));
    }

    [Fact]
    public void What_an_allocation_repaid_counts_as_spent_of_it()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var unit = new LedgerUnit([Wallet("20", 101, 1_000, 1_000) with { WalletId = "wal_organisation", TeamId = "" }, Wallet("20", 101, 0, 0) with { Overage = 90, Spent = 90 }], now);
        unit.Allocate("wal_organisation", "wal_a", 100, new TransferDetails("key_1", now));
        var low = Assert.IsType<WalletLow>(Assert.Single(unit.Close().Select(owed => owed.Message), message => message is WalletLow));
        Assert.Equal((10L, 100L), (low.AvailableNanos, low.PutInNanos));
    }

    [Fact]
    public void A_top_up_that_is_taken_back_is_no_part_of_what_levels_are_percent_of()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var unit = new LedgerUnit([Wallet("20", 101, 1_000, 1_000)], now);
        unit.TakeBackCredit("wal_a", 900, new TransferDetails("key_1", now));
        Assert.DoesNotContain(unit.Close(), owed => owed.Message is WalletLow);
        Assert.Equal((100, WalletStatus.Healthy), (unit["wal_a"].LowBase, ReadWallets.StatusOf(unit["wal_a"])));
    }

    [Fact]
    public void Money_that_people_put_in_arms_a_level_by_itself_however_little_of_it_can_be_taken()
    {
        // Of 100 all is set aside: none can be taken, and nothing is low any more.
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var unit = new LedgerUnit([Wallet("20", 20, 0, 100) with { Spent = 90, Held = 10 }], now);
        unit.Credit("wal_a", 90, new TransferDetails("key_1", now));
        unit.Move("wal_a", new Move(TransferKind.Reserve, Account.Available, Account.Held, 90), new TransferDetails("gateway", now));
        unit.Close();
        Assert.Equal(LowBalance.None, unit["wal_a"].LowAnnounced);
    }

    [Fact]
    public void A_unit_owes_one_event_a_transfer_of_people_with_both_sides_after_it()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var unit = new LedgerUnit([Wallet("20", 101, 500, 500) with { WalletId = "wal_organisation", TeamId = "" }, Wallet("20", 101, 0, 0)], now);
        var transfer = unit.Allocate("wal_organisation", "wal_a", 300, new TransferDetails("key_1", now, "June"));
        unit.Move("wal_a", new Move(TransferKind.Reserve, Account.Available, Account.Held, 250), new TransferDetails("gateway", now));
        unit.Move("wal_a", new Move(TransferKind.Settlement, Account.Held, Account.Spent, 245), new TransferDetails("metering", now));

        var events = unit.Close();

        var changed = Assert.IsType<AllocationChanged>(events[0].Message);
        Assert.Equal(transfer.TransferId, events[0].MessageId);
        Assert.Equal(
            new AllocationChanged(
                transfer.TransferId, "allocation", new AllocationSide("wal_organisation", "", "", "", 200), new AllocationSide("wal_a", "a", "", "", 300), 300,
                "USD", "key_1", "June", now, now),
            changed);
        var low = Assert.IsType<WalletLow>(Assert.Single(events.Skip(1)).Message);
        Assert.Equal(("wal_a", "a", 20, 50L, 300L), (low.WalletId, low.TeamId, low.LevelPercent, low.AvailableNanos, low.PutInNanos));
        Assert.Equal(20, unit["wal_a"].LowAnnounced);
    }

    [Fact]
    public void A_top_up_has_no_giver()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var unit = new LedgerUnit([Wallet("20", 101, 0, 0)], now);
        unit.Credit("wal_a", 300, new TransferDetails("key_1", now));

        var changed = Assert.IsType<AllocationChanged>(Assert.Single(unit.Close()).Message);

        Assert.Equal(("top_up", null, 300L), (changed.Kind, changed.From, changed.To!.AvailableNanos));
    }

    [Fact]
    public void A_wallet_is_told_overdrawn_when_its_overage_rises_from_zero_and_again_after_it_was_repaid()
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var wallet = Wallet("", 101, 0, 0);

        Assert.Equal(70, Overdraw(wallet, 70, out var once)?.OverageNanos);
        Assert.Null(Overdraw(once, 5, out var more));
        Assert.Equal(75, more.Overage);
        var unit = new LedgerUnit([more], now);
        unit.Credit("wal_a", 75, new TransferDetails("key_1", now));
        Assert.DoesNotContain(unit.Close(), owed => owed.Message is WalletOverdrawn);
        Assert.Equal(5, Overdraw(unit["wal_a"], 5, out _)?.OverageNanos);

        WalletOverdrawn? Overdraw(WalletAccounts locked, long amount, out WalletAccounts after)
        {
            var posting = new LedgerUnit([locked], now);
            posting.Move("wal_a", new Move(TransferKind.Overage, Account.Overage, Account.Spent, amount), new TransferDetails("metering", now));
            var events = posting.Close();
            after = posting["wal_a"];
            return events.Select(owed => owed.Message).OfType<WalletOverdrawn>().SingleOrDefault();
        }
    }

    // What was told, what is repaid before the next posting, what that posts, and what is told of it (0: nothing).
    [Theory]
    [InlineData(1, 0, 1_000, 1_001)]
    [InlineData(1_001, 0, 1, 0)]
    [InlineData(1_001, 0, 1_000, 0)]
    [InlineData(1_001, 0, 1_001, 2_002)]
    [InlineData(1_001, 1_000, 1, 2)]
    [InlineData(1_001, 1_001, 3, 3)]
    public void A_wallet_is_told_overdrawn_again_when_its_overage_has_doubled(long told, long repaid, long posted, long expected)
    {
        var now = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        var (first, wallet) = Book(Wallet("", 101, 0, 0), unit => Overdraw(unit, told));
        Assert.Equal(told, first);
        if (repaid > 0)
        {
            (_, wallet) = Book(wallet, unit => unit.Credit("wal_a", repaid, new TransferDetails("key_1", now)));
        }

        Assert.Equal(expected, Book(wallet, unit => Overdraw(unit, posted)).Told);

        void Overdraw(LedgerUnit unit, long amount) =>
            unit.Move("wal_a", new Move(TransferKind.Overage, Account.Overage, Account.Spent, amount), new TransferDetails("metering", now));

        (long Told, WalletAccounts After) Book(WalletAccounts locked, Action<LedgerUnit> book)
        {
            var unit = new LedgerUnit([locked], now);
            book(unit);
            var events = unit.Close();
            return (events.Select(owed => owed.Message).OfType<WalletOverdrawn>().SingleOrDefault()?.OverageNanos ?? 0, unit["wal_a"]);
        }
    }

    [Fact]
    public void New_levels_are_judged_from_the_beginning()
    {
        var wallet = Wallet("20", 20, 15, 100);
        var unit = new LedgerUnit([wallet], new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
        unit.SetPolicy("wal_a", wallet.Policy with { LowPercents = [50, 10] });

        var low = Assert.IsType<WalletLow>(Assert.Single(unit.Close()).Message);

        Assert.Equal((50, 50), (low.LevelPercent, unit["wal_a"].LowAnnounced));
    }

    private static WalletAccounts Wallet(string levels, short announced, long balance, long putIn) =>
        new("wal_a", "a", "A", "USD", balance, 0, 0, Math.Max(0, putIn - balance), 0, putIn, 0)
        {
            LowAnnounced = announced,
            LowBase = putIn,
            Policy = WalletPolicy.Default with { LowPercents = [.. levels.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(short.Parse)] },
        };
}
