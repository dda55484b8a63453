using MassTransit;
using Microsoft.Extensions.Time.Testing;
using Platform.Postgres.DeadMessages;

namespace Platform.Postgres.Tests;

/// <summary>When a service asks its broker for error queues that there may not be; that what fails is found so is in <see cref="DeadMessageTests"/>.</summary>
public sealed class FailedReceivesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Error_queues_are_asked_for_only_for_a_minute_after_a_message_failed()
    {
        var failures = new FailedReceives(_time);
        Assert.False(failures.AreRecent);
        await failures.ConsumeFault<object>(null!, TimeSpan.Zero, "", new InvalidOperationException());
        _time.Advance(FailedReceives.Recent - TimeSpan.FromTicks(1));
        Assert.True(failures.AreRecent);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.False(failures.AreRecent);
        await failures.ReceiveFault(null!, new FormatException());
        Assert.True(failures.AreRecent);
    }
}
