namespace Platform.Routing.Limits;

/// <summary>
/// The database's time as this process can know it without asking. Its reading is never early: the database read its clock after it was asked, and this process
/// counts from before it asked. So a use is never dated before it happened, and stops counting never too soon.
/// </summary>
internal sealed class LimitClock(TimeProvider time)
{
    private Reading _reading = new(time.GetUtcNow(), time.GetTimestamp());

    public TimeProvider Time => time;

    public long Now => time.GetTimestamp();

    /// <summary>What the database's clock showed in an answer to something that was sent at <paramref name="sentAt"/>.</summary>
    public void Observe(DateTimeOffset databaseNow, long sentAt) => Volatile.Write(ref _reading, new Reading(databaseNow, sentAt));

    public DateTimeOffset DatabaseTime(long now)
    {
        var reading = Volatile.Read(ref _reading);
        return reading.DatabaseNow + time.GetElapsedTime(reading.SentAt, now);
    }

    public TimeSpan Between(long earlier, long later) => time.GetElapsedTime(earlier, later);

    public long After(long moment, TimeSpan span) => moment + (long)((Int128)span.Ticks * time.TimestampFrequency / TimeSpan.TicksPerSecond);

    private sealed record Reading(DateTimeOffset DatabaseNow, long SentAt);
}
