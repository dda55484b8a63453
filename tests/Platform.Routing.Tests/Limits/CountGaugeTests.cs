using Platform.Routing.Limits;

namespace Platform.Routing.Tests.Limits;

/// <summary>One count, step by step.</summary>
public sealed class CountGaugeTests
{
    [Fact]
    public async Task What_was_used_comes_back_to_the_second_after_a_minute()
    {
        var world = new LimitWorld(Spec(LimitMeasure.RequestsPerMinute, 10), 1);
        for (var i = 0; i < 10; i++)
        {
            Assert.NotNull(await world.TryAcquireAsync(world.Replicas[0], 1));
            world.Time.Advance(TimeSpan.FromSeconds(1));
            world.ExchangeIfDue(world.Replicas[0]);
        }

        world.Time.Advance(TimeSpan.FromSeconds(50));
        for (var i = 0; i < 10; i++)
        {
            Assert.Null(await world.TryAcquireAsync(world.Replicas[0], 1));
            world.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.NotNull(await world.TryAcquireAsync(world.Replicas[0], 1));
            Assert.Null(await world.TryAcquireAsync(world.Replicas[0], 1));
        }
    }

    [Fact]
    public async Task A_days_limit_begins_anew_at_midnight_of_utc()
    {
        var world = new LimitWorld(Spec(LimitMeasure.TokensPerDay, 100), 1);
        Assert.NotNull(await world.TryAcquireAsync(world.Replicas[0], 100));
        world.Time.Advance(new TimeSpan(13, 59, 59));
        Assert.Null(await world.TryAcquireAsync(world.Replicas[0], 1));
        Assert.Equal(TimeSpan.FromSeconds(1), world.Replicas[0].Gauge.RetryAfter(1, 0));
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await world.TryAcquireAsync(world.Replicas[0], 100));
    }

    [Theory]
    // What flows in sooner than the database is asked again.
    [InlineData(600, 5)]
    [InlineData(60_000, 1)]
    // And later.
    [InlineData(60, 10)]
    [InlineData(30, 100)]
    public async Task Whoever_comes_back_when_he_was_told_passes(int limit, int burstPercent)
    {
        var world = new LimitWorld(new GaugeSpec(LimitMeasure.RequestsPerMinute, limit, burstPercent, TimeSpan.Zero), 1);
        var replica = world.Replicas[0];
        for (var refusals = 0; refusals < 5; refusals++)
        {
            while (await world.TryAcquireAsync(replica, 1) is not null)
            {
            }

            // Another, a moment later, is told no less than what is left of it.
            var told = replica.Gauge.RetryAfter(1, 0);
            world.Time.Advance(told / 2);
            Assert.Null(await world.TryAcquireAsync(replica, 1));
            Assert.InRange(replica.Gauge.RetryAfter(1, 0), told / 2, told);
            world.Time.Advance(replica.Gauge.RetryAfter(1, 0));
            Assert.NotNull(await world.TryAcquireAsync(replica, 1));
        }
    }

    [Theory]
    // What is paced: the smallest and the largest that the bucket holds; and what comes back when its minute is over, of which the older half is enough for the smaller call.
    [InlineData(6_000, 10, 65, 500)]
    [InlineData(6_000, 100, 65, 3_500)]
    public async Task Calls_of_other_sizes_are_each_told_their_own_wait_whoever_was_refused_before(int limit, int burstPercent, int small, int large)
    {
        for (var refusals = 0; refusals < 4; refusals++)
        {
            var world = new LimitWorld(new GaugeSpec(LimitMeasure.TokensPerMinute, limit, burstPercent, TimeSpan.Zero), 1);
            var replica = world.Replicas[0];
            while (await world.TryAcquireAsync(replica, small) is not null)
            {
                world.Time.Advance(TimeSpan.FromMilliseconds(100));
            }

            world.Time.Advance(TimeSpan.FromMilliseconds(100));

            // One of the two hears it of the database, the other in memory.
            var sizes = refusals % 2 == 0 ? new[] { small, large } : [large, small];
            Assert.Null(await world.TryAcquireAsync(replica, sizes[0]));
            Assert.Null(await world.TryAcquireAsync(replica, sizes[1]));
            var (toldSmall, toldLarge) = (replica.Gauge.RetryAfter(small, 0), replica.Gauge.RetryAfter(large, 0));
            Assert.True(toldLarge > toldSmall + TimeSpan.FromSeconds(2), $"{toldSmall} and {toldLarge}");

            // What each was told is true, and no longer than it had to be.
            var size = refusals < 2 ? small : large;
            var told = size == small ? toldSmall : toldLarge;
            var early = told > TimeSpan.FromMilliseconds(250) ? TimeSpan.FromMilliseconds(120) : TimeSpan.Zero;
            world.Time.Advance(told - early);
            if (early > TimeSpan.Zero)
            {
                Assert.Null(await world.TryAcquireAsync(replica, size));
                world.Time.Advance(early);
            }

            Assert.NotNull(await world.TryAcquireAsync(replica, size));
        }
    }

    [Fact]
    public async Task Settlement_gives_back_what_was_not_used_and_later_calls_pay_for_what_was_used_above()
    {
        var world = new LimitWorld(Spec(LimitMeasure.TokensPerMinute, 1_000), 1);
        var replica = world.Replicas[0];
        var first = await world.TryAcquireAsync(replica, 900);
        first!.Use(60);
        first.Use(40);
        first.Dispose();
        first.Dispose();
        var second = await world.TryAcquireAsync(replica, 900);
        Assert.NotNull(second);
        second.Use(1_400);
        second.Dispose();
        world.Time.Advance(TimeSpan.FromSeconds(1));
        world.ExchangeIfDue(replica);
        Assert.Equal(1_500, world.Used);
        world.Time.Advance(TimeSpan.FromSeconds(58));
        Assert.Null(await world.TryAcquireAsync(replica, 1));
        world.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(await world.TryAcquireAsync(replica, 900));
    }

    [Fact]
    public async Task Ordinary_calls_ask_the_database_once_in_a_while_only()
    {
        var world = new LimitWorld(Spec(LimitMeasure.RequestsPerMinute, 60_000), 1);
        var replica = world.Replicas[0];
        var missed = 0;
        for (var call = 0; call < 5_000; call++)
        {
            var permit = new LimitPermit(1);
            missed += replica.Gauge.TryDraw(1, permit) ? 0 : 1;
            if (missed == 1 && call == 0)
            {
                Assert.NotNull(await world.TryAcquireAsync(replica, 1));
            }

            world.ExchangeIfDue(replica);
            world.Time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.True(missed <= 2, $"{missed} of 5000 calls found nothing.");
    }

    [Fact]
    public async Task What_was_given_out_is_drawn_while_the_database_is_away_and_then_nothing()
    {
        var world = new LimitWorld(Spec(LimitMeasure.RequestsPerMinute, 1_000), 1);
        var replica = world.Replicas[0];
        Assert.NotNull(await world.TryAcquireAsync(replica, 1));
        var admitted = 0;
        for (var call = 0; call < 100; call++)
        {
            admitted += await world.TryAcquireAsync(replica, 1, ExchangeFate.Failed) is null ? 0 : 1;
        }

        Assert.InRange(admitted, 1, 10);
        var refused = new LimitPermit(1);
        Assert.Equal(DrawOutcome.Unavailable, await replica.Gauge.DrawAsync(1, refused, replica.Clock.Now, CancellationToken.None));
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await world.TryAcquireAsync(replica, 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_that_the_database_does_not_answer_in_time_is_not_told_that_the_limit_is_reached(bool isOverWhenItComes)
    {
        var world = new LimitWorld(Spec(LimitMeasure.RequestsPerMinute, 1), 1);
        var replica = world.Replicas[0];
        var calling = replica.Gauge.DrawAsync(1, new LimitPermit(1), replica.Clock.Now, CancellationToken.None).AsTask();
        if (isOverWhenItComes)
        {
            var sentAt = replica.Clock.Now;
            var answer = new CountAnswer(1, 0, TimeSpan.FromSeconds(1), 0, TimeSpan.Zero, TimeSpan.Zero);
            replica.Gauge.BeginAsk(Guid.NewGuid());
            world.Time.Advance(TimeSpan.FromSeconds(1));
            replica.Gauge.EndAsk(new LimitAnswer(answer, null), sentAt);
        }

        Assert.False(calling.IsCompleted);
        world.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(DrawOutcome.Unavailable, await calling);
    }

    [Fact]
    public async Task Large_call_that_may_wait_is_not_starved_by_small_ones_anywhere()
    {
        var spec = Spec(LimitMeasure.TokensPerMinute, 1_000) with { Queue = TimeSpan.FromSeconds(60) };
        var world = new LimitWorld(spec, 2);
        var small = spec with { Queue = TimeSpan.Zero };
        world.Replicas[1].Gauge.Spec = small;
        while (await world.TryAcquireAsync(world.Replicas[1], 10) is not null)
        {
        }

        world.Time.Advance(TimeSpan.FromSeconds(30));
        var permit = new LimitPermit(900);
        var large = world.Replicas[0].Gauge.DrawAsync(900, permit, world.Replicas[0].Clock.Now, CancellationToken.None).AsTask();
        for (var step = 0; step < 400 && !large.IsCompleted; step++)
        {
            world.Time.Advance(TimeSpan.FromMilliseconds(100));
            world.ExchangeIfDue(world.Replicas[0]);
            await world.TryAcquireAsync(world.Replicas[1], 10);
        }

        Assert.Equal(DrawOutcome.Drawn, await large);
    }

    [Fact]
    public async Task Call_that_may_not_wait_carries_none_that_waits_behind_it_past_another_replicas_turn()
    {
        var spec = Spec(LimitMeasure.TokensPerMinute, 1_000) with { Queue = TimeSpan.FromMinutes(5) };
        var world = new LimitWorld(spec, 2);
        var (first, second) = (world.Replicas[0], world.Replicas[1]);
        second.Gauge.Spec = spec with { Queue = TimeSpan.Zero };
        Assert.NotNull(await world.TryAcquireAsync(second, 500));
        world.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotNull(await world.TryAcquireAsync(second, 500));
        var large = DrawAsync(first, 900);
        world.Exchange(first);
        world.Time.Advance(TimeSpan.FromSeconds(30));
        world.Exchange(first);
        world.Time.Advance(TimeSpan.FromSeconds(1));

        // Half of it has come free, which the large call is the first to collect.
        var small = DrawAsync(second, 10);
        second.Gauge.Spec = spec;
        var behind = DrawAsync(second, 300);
        world.Exchange(second);
        Assert.Equal(DrawOutcome.Drawn, await small);
        for (var step = 0; step < 400 && !large.IsCompleted; step++)
        {
            Assert.False(behind.IsCompleted);
            world.Time.Advance(TimeSpan.FromMilliseconds(100));
            world.ExchangeIfDue(first);
            world.ExchangeIfDue(second);
        }

        Assert.Equal(DrawOutcome.Drawn, await large);
        for (var step = 0; step < 700 && !behind.IsCompleted; step++)
        {
            world.Time.Advance(TimeSpan.FromMilliseconds(100));
            world.ExchangeIfDue(second);
        }

        Assert.Equal(DrawOutcome.Drawn, await behind);

        static Task<DrawOutcome> DrawAsync(LimitReplica replica, long amount) => replica.Gauge.DrawAsync(amount, new LimitPermit(amount), replica.Clock.Now, CancellationToken.None).AsTask();
    }

    [Fact]
    public async Task Call_that_waited_in_vain_gives_back_what_it_had_collected()
    {
        var spec = Spec(LimitMeasure.TokensPerMinute, 1_000) with { Queue = TimeSpan.FromSeconds(2) };
        var world = new LimitWorld(spec, 1);
        var replica = world.Replicas[0];
        replica.Gauge.Spec = spec with { Queue = TimeSpan.Zero };
        Assert.NotNull(await world.TryAcquireAsync(replica, 600));
        replica.Gauge.Spec = spec;
        var permit = new LimitPermit(900);
        var waiting = replica.Gauge.DrawAsync(900, permit, replica.Clock.Now, CancellationToken.None).AsTask();
        world.Exchange(replica);
        Assert.False(waiting.IsCompleted);
        world.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(DrawOutcome.Refused, await waiting);
        permit.GiveBack();
        Assert.NotNull(await world.TryAcquireAsync(replica, 400));
    }

    [Fact]
    public async Task Call_above_what_the_limit_ever_gives_is_refused_as_such()
    {
        var world = new LimitWorld(new GaugeSpec(LimitMeasure.TokensPerMinute, 1_000, 10, TimeSpan.Zero), 1);
        var permit = new LimitPermit(101);
        Assert.Equal(DrawOutcome.AboveLimit, await world.Replicas[0].Gauge.DrawAsync(101, permit, 0, CancellationToken.None));
        Assert.NotNull(await world.TryAcquireAsync(world.Replicas[0], 100));
    }

    [Fact]
    public async Task Closed_replica_gives_back_at_once_what_it_did_not_use()
    {
        var world = new LimitWorld(Spec(LimitMeasure.RequestsPerMinute, 1_000), 1);
        Assert.NotNull(await world.TryAcquireAsync(world.Replicas[0], 1));
        Assert.True(world.Used > 1);
        Assert.True(world.Replicas[0].Gauge.TryClose());
        world.Exchange(world.Replicas[0]);
        Assert.Equal(1, world.Used);
    }

    private static GaugeSpec Spec(LimitMeasure measure, long limit) => new(measure, limit, 100, TimeSpan.Zero);
}
